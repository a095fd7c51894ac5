// What a run's folder gives an ensemble.
#include <filesystem>
#include <nlohmann/json.hpp>

#include "kaskad/cooc/fit.h"
#include "kaskad/core/file.h"
#include "kaskad/eval/run_directories.h"
#include "kaskad/grid/fit_ensemble.h"
#include "kaskad/model/bundle.h"
#include "kaskad/retrieval/neural.h"

namespace kaskad {
namespace {

namespace fs = std::filesystem;

Bundle bundle_of_split(const std::string& directory, const Dataset& dataset, const Split& split) {
  Bundle bundle = load_bundle(directory);
  const auto expect = [&](const std::string& what, const std::string& found,
                          const std::string& expected) {
    if (found == expected) return;
    throw Error("'" + directory + "' was made on another " + what + ": found the hash " + found +
                ", expected " + expected);
  };
  expect("dataset", bundle.dataset_hash, dataset.hash());
  expect("split", bundle.split_hash, split.hash);
  return bundle;
}

EnsemblePart part_of(std::shared_ptr<const CoocModel> model) {
  return {.kind = model->kind(),
          .config = model->config(),
          .model = model,
          .save = [model](const std::string& directory) { model->save(directory); }};
}

EnsembleMember grid_member(const std::string& bundle_directory, const Dataset& dataset,
                           const Split& split, const BlendFitOptions& options) {
  const Bundle bundle = bundle_of_split(bundle_directory, dataset, split);
  const auto* model = dynamic_cast<const CoocModel*>(bundle.retriever.get());
  if (!model) {
    throw Error("'" + bundle_directory + "': found the kind '" + bundle.kind +
                "', expected 'cooc', which a grid leaves");
  }
  const FitOptions fit_options{.threads = options.threads, .memory = options.memory / 4};
  return {.fit = [&dataset, blend = model->blend(), fit_options](const Phase& phase) {
    return part_of(fit_cooc(dataset, phase, blend, fit_options));
  }};
}

bool was_refitted(const std::string& run) {
  const std::string path = run + "/recipe.json";
  const auto recipe = nlohmann::json::parse(read_file(path), nullptr, false);
  if (!recipe.is_object()) throw data_error(path, 0, "", "no JSON object", "a recipe");
  return recipe.value("refit", false);
}

using NeuralModel = std::shared_ptr<const NeuralRetriever>;

NeuralModel open_neural(const std::string& directory, const Dataset& dataset, const Split& split) {
  Bundle bundle = bundle_of_split(directory, dataset, split);
  const std::shared_ptr<const Retriever> owner = std::move(bundle.retriever);
  const auto model = std::dynamic_pointer_cast<const NeuralRetriever>(owner);
  if (model) return model;
  throw Error("'" + directory + "': found the kind '" + bundle.kind +
              "', expected 'neural', which a training leaves");
}

// A model that was trained again on the validation (refit) stands in for the test alone; before
// that it is the one that knew no answer of the validation.
EnsembleMember trained_member(const std::string& run, const Dataset& dataset, const Split& split) {
  const NeuralModel last = open_neural(run + "/bundle", dataset, split);
  NeuralModel before = last;
  if (was_refitted(run)) {
    const std::string directory = run + "/before_refit/bundle";
    if (!fs::exists(directory)) {
      throw Error("'" + run +
                  "' was trained again on the validation answers (refit = true), and '" +
                  directory + "', the model from before, is not there; train it again");
    }
    before = open_neural(directory, dataset, split);
  }
  return {.fit = [last, before, test = split.test.name](const Phase& phase) {
    const NeuralModel model = phase.name == test ? last : before;
    return EnsemblePart{.kind = model->kind(),
                        .config = model->config_json(),
                        .model = model,
                        .save = [model](const std::string& to) { model->save(to); }};
  }};
}

}  // namespace

EnsembleMember open_member(const std::string& run, const Dataset& dataset, const Split& split,
                           const BlendFitOptions& options) {
  const NamedRun named = parse_named_run(run);
  const fs::path path = named.path;
  EnsembleMember member;
  if (fs::exists(path / "grid.json")) {
    member = grid_member((path / "winner").string(), dataset, split, options);
  } else if (fs::exists(path / "recipe.json")) {
    member = trained_member(path.string(), dataset, split);
  } else {
    throw Error("'" + named.path +
                "' is no run of 'kaskad grid' or 'kaskad train': it has neither "
                "grid.json nor recipe.json");
  }
  member.name = named.name;
  return member;
}

}  // namespace kaskad
