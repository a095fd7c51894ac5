#include "kaskad/train/export_bundle.h"

#include <nlohmann/json.hpp>

#if __has_include(<torch/version.h>)
#include <torch/version.h>
#endif

#include "kaskad/core/file.h"
#include "kaskad/model/bundle.h"
#include "kaskad/onnx/session.h"
#include "kaskad/train/user_batch.h"

namespace kaskad::train {
namespace {

NeuralConfig neural_config(const SequenceModel& model, const Recipe& recipe,
                           const FeatureSchema& users) {
  NeuralConfig config;
  config.architecture = to_string(recipe.model);
  config.dimension = static_cast<size_t>(model.dimension());
  config.inputs.gaps = recipe.time_features ? "gaps" : "";
  config.inputs.max_history = static_cast<size_t>(recipe.max_history);
  config.inputs.begin_token = !recipe.masked();
  config.user = user_inputs(recipe, users);
  // What was never learned has a vector of chance, unless it is made of features.
  config.inputs.drop_unlearned = !recipe.item_features;
  // The figures on test are the model's own; who serves may take a faster index.
  config.index = IndexKind::kExact;
  return config;
}

std::vector<float> item_vectors(SequenceModel& model) {
  const torch::NoGradGuard no_grad;
  const torch::Tensor items = model.all_item_vectors().contiguous();
  return {items.data_ptr<float>(), items.data_ptr<float>() + items.numel()};
}

std::vector<uint64_t> learned_events(const Dataset& dataset, const std::vector<uint32_t>& fit_end) {
  std::vector<uint64_t> counts(dataset.num_items(), 0);
  for (size_t user = 0; user < fit_end.size(); ++user) {
    const History history = dataset.history(UserId{static_cast<uint32_t>(user)});
    for (const ItemId item : history.items.first(fit_end[user])) ++counts[index(item)];
  }
  return counts;
}

}  // namespace

std::string torch_version() {
#ifdef TORCH_VERSION
  return TORCH_VERSION;
#else
  return "unknown";
#endif
}

ExportedModel export_model(SequenceModel& model, const Recipe& recipe, const Dataset& dataset,
                           const std::vector<uint32_t>& fit_end, const std::string& scratch) {
  model.eval();
  std::string graph = model.user_graph();
  const FeatureSchema users = user_schema(dataset, recipe);
  ExportedModel exported;
  {
    const StagedDirectory staged(scratch);  // removed again
    write_file(staged.file("user.onnx"), graph);
    exported.parity = measure_parity(model, recipe, users, staged.file("user.onnx"));
  }
  require_parity(exported.parity);
  exported.retriever = NeuralRetriever::create(
      neural_config(model, recipe, users), std::move(graph), item_vectors(model),
      learned_events(dataset, fit_end), typical_queries(dataset, fit_end), users);
  return exported;
}

void write_neural_bundle(const std::string& directory, const ExportedModel& exported,
                         const Recipe& recipe, const Dataset& dataset, const Split& split,
                         const Phase& phase, const std::string& metrics_json) {
  nlohmann::json config = nlohmann::json::parse(exported.retriever->config_json());
  config["recipe"] = recipe;
  BundleContents contents = BundleContents::of(dataset, phase, split.hash);
  contents.config_json = config.dump();
  contents.metrics_json = metrics_json;
  contents.libraries = {{"libtorch", torch_version()}, {"onnxruntime", onnxruntime_version()}};
  write_bundle(directory, contents, *exported.retriever,
               [&](const std::string& target) { exported.retriever->save(target); });
}

nlohmann::json to_json(const ParityReport& report) {
  nlohmann::json cases = nlohmann::json::array();
  for (const ParityCase& one : report.cases) {
    cases.push_back(
        {{"history", one.name}, {"events", one.events}, {"difference", one.difference}});
  }
  return {{"worst", report.worst()}, {"tolerance", kParityTolerance}, {"cases", cases}};
}

}  // namespace kaskad::train
