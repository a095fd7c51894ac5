#include "cli/list_retriever.h"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "kaskad/cooc/fit.h"
#include "kaskad/core/error.h"
#include "kaskad/core/parallel.h"
#include "kaskad/eval/bundle_check.h"
#include "kaskad/model/bundle.h"
#include "kaskad/retrieval/popularity.h"

namespace kaskad::cli {
namespace {

// The matrix that does best over many logs: pairs within 20 events, next only, by 1 / distance,
// asked by 1 / (1 + k), with a mild correction of popularity.
Blend directed() {
  Blend::Part part;
  part.variant.matrix.weighting.window = 20;
  part.variant.matrix.weighting.gap = GapDecay::kInverse;
  part.variant.matrix.normalisation.kind = NormKind::kRaw;
  part.variant.matrix.normalisation.target_power = 0.25;
  return {{part}};
}

ListRetriever refitted_cooc(std::string name, const Blend& blend, const Dataset& dataset,
                            int threads, const Progress& progress) {
  ListRetriever retriever;
  retriever.name = std::move(name);
  retriever.of_phase = [=, &dataset](const Phase& phase) {
    return fit_cooc(dataset, phase, blend, {.threads = threads > 0 ? threads : default_threads()},
                    progress);
  };
  return retriever;
}

ListRetriever refitted_popularity(std::string name, const PopularityOptions& options,
                                  const Dataset& dataset) {
  ListRetriever retriever;
  retriever.name = std::move(name);
  retriever.of_phase = [options, &dataset](const Phase& phase) {
    return PopularityRetriever::fit(dataset, phase, options);
  };
  return retriever;
}

// A model that takes long to train is taken as it is, where it has not learned the answers.
ListRetriever finished(std::string name, Bundle bundle, const Dataset& dataset) {
  ListRetriever retriever;
  retriever.name = std::move(name);
  retriever.learned = learned_events(bundle, dataset);
  std::shared_ptr<const Retriever> shared = std::move(bundle.retriever);
  retriever.of_phase = [model = std::move(shared), learned = *retriever.learned,
                        name = retriever.name](const Phase& phase) {
    for (const EvalCase& one : phase.cases) {
      if (learned[index(one.user)] <= one.history_end) continue;
      throw Error("'" + name + "' has learned " + std::to_string(learned[index(one.user)]) +
                  " events of a user who is asked after " + std::to_string(one.history_end) +
                  " in the phase '" + phase.name +
                  "': its lists would hold the answers. Train it on an earlier part, as with "
                  "--split leave-last-n:3, and keep the split here");
    }
    return model;
  };
  return retriever;
}

ListRetriever open_bundle(const std::string& directory, const Dataset& dataset, int threads,
                          const Progress& progress) {
  Bundle bundle = load_bundle(directory);
  if (bundle.items.hash() != dataset.items().hash()) {
    throw Error("bundle '" + directory + "' was made for other items than those of '" +
                dataset.directory() + "'");
  }
  const std::string name = bundle.kind + " of " + directory;
  const auto config = nlohmann::json::parse(bundle.manifest_text).at("config");
  const std::string hash = bundle.hash;
  ListRetriever retriever;
  if (bundle.kind == "cooc") {
    retriever =
        refitted_cooc(name + ", fitted anew", config.get<Blend>(), dataset, threads, progress);
  } else if (bundle.kind == "popularity" || bundle.kind == "popularity_window") {
    PopularityOptions options;
    config.at("window_days").get_to(options.window_days);
    config.at("window_share").get_to(options.window_share);
    retriever = refitted_popularity(name + ", fitted anew", options, dataset);
  } else {
    retriever = finished(name, std::move(bundle), dataset);
  }
  retriever.hash = hash;
  return retriever;
}

}  // namespace

ListRetriever open_list_retriever(const std::string& given, const Dataset& dataset,
                                  const Split& split, int threads, const Progress& progress) {
  if (given == "directed") return refitted_cooc(given, directed(), dataset, threads, progress);
  if (std::filesystem::exists(given)) return open_bundle(given, dataset, threads, progress);
  if (!given.starts_with("popularity")) {
    throw Error("retriever '" + given +
                "' is neither a bundle nor one of popularity, popularity-window, directed");
  }
  const auto options = PopularityOptions::parse(given, dataset.time_kind(), split.options.kind);
  return refitted_popularity(options.to_string(), options, dataset);
}

}  // namespace kaskad::cli
