// kaskad bundle: a sequence model that somebody trained elsewhere, as ONNX, becomes a bundle that
// is evaluated and served like ours. examples/pytorch_sequence_model/ shows the other side.
#include "kaskad/model/bundle.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/console.h"
#include "kaskad/core/error.h"
#include "kaskad/core/file.h"
#include "kaskad/eval/fit_counts.h"
#include "kaskad/retrieval/neural.h"

namespace kaskad::cli {
namespace {

struct BundleFlags {
  std::string onnx, items, config, dataset, output, title_feature;
  std::string split = "leave-one-out";
  bool json = false;
};

std::string shape_text(const std::vector<size_t>& shape) {
  std::string text;
  for (const size_t length : shape) text += (text.empty() ? "" : ", ") + std::to_string(length);
  return "(" + text + ")";
}

// The dimension may be left to items.npy.
NeuralConfig read_config(const std::string& path, const NpyFile<float>& items) {
  nlohmann::json json = nlohmann::json::object();
  try {
    if (!path.empty()) json = nlohmann::json::parse(read_file(path));
  } catch (const nlohmann::json::exception& fault) {
    throw data_error(path, 0, "", fault.what(), "a JSON object");
  }
  if (json.is_object() && !json.contains("dimension")) json["dimension"] = items.shape()[1];
  try {
    return json.get<NeuralConfig>();
  } catch (const Error& fault) {
    throw Error("'" + path + "': " + fault.what());
  }
}

void check_shape(const NpyFile<float>& items, const Dataset& dataset) {
  const auto& shape = items.shape();
  if (shape.size() == 2 && shape[0] == dataset.num_items() && shape[1] > 0) return;
  throw data_error(items.path(), 0, "", "shape " + shape_text(shape),
                   "(" + std::to_string(dataset.num_items()) +
                       ", dimension): a row for each item " + "of '" + dataset.directory() +
                       "', in its order");
}

void check_finite(const NpyFile<float>& items) {
  const auto values = items.values();
  const auto bad = std::find_if_not(values.begin(), values.end(),
                                    [](float value) { return std::isfinite(value); });
  if (bad == values.end()) return;
  const auto at = static_cast<size_t>(bad - values.begin());
  const size_t dimension = items.shape()[1];
  throw Error("'" + items.path() + "', row " + std::to_string(at / dimension) + ", coordinate " +
              std::to_string(at % dimension) + ": found " + std::to_string(*bad) +
              ", expected a finite number");
}

void check_dimension(const NpyFile<float>& items, const NeuralConfig& config) {
  if (items.shape()[1] == config.dimension) return;
  throw data_error(items.path(), 0, "", "shape " + shape_text(items.shape()),
                   "(" + std::to_string(items.shape()[0]) + ", " +
                       std::to_string(config.dimension) + ") as 'dimension' of the config");
}

std::unique_ptr<NeuralRetriever> make_model(const BundleFlags& flags, const Dataset& dataset,
                                            const Phase& phase) {
  const NpyFile<float> items(flags.items);
  check_shape(items, dataset);
  check_finite(items);
  const NeuralConfig config = read_config(flags.config, items);
  check_dimension(items, config);
  FeatureSchema schema;
  if (config.user.features()) schema = FeatureSchema::of(dataset.user_features());
  check_user_graph(OnnxSession(flags.onnx), config, schema);
  const auto counts = count_fit(dataset, phase).events;
  const auto typical = typical_queries(dataset, phase.fit_end);
  auto model = NeuralRetriever::create(config, read_file(flags.onnx),
                                       {items.values().begin(), items.values().end()},
                                       {counts.begin(), counts.end()}, typical, std::move(schema));
  for (const Query& query : typical) check_padding(*model, query);
  return model;
}

void run_bundle(const BundleFlags& flags) {
  const auto began = std::chrono::steady_clock::now();
  const Dataset dataset = Dataset::open(flags.dataset);
  const Split split = make_split(dataset, SplitOptions::parse(flags.split));
  for (const std::string& warning : split.warnings) say("warning: " + warning);
  const auto model = make_model(flags, dataset, split.test);

  BundleContents contents = BundleContents::of(dataset, split.test, split.hash);
  contents.config_json = model->config_json();
  contents.title_feature = flags.title_feature;
  contents.libraries = {{"onnxruntime", onnxruntime_version()}};
  write_bundle(flags.output, contents, *model, [&](const std::string& to) { model->save(to); });
  const Bundle written = load_bundle(flags.output);

  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  if (flags.json) {
    print_json({{"bundle", flags.output},
                {"bundle_hash", written.hash},
                {"items", model->num_items()},
                {"config", nlohmann::json::parse(model->config_json())},
                {"index", model->index_report()},
                {"split", split.options.to_string()},
                {"split_hash", split.hash},
                {"seconds", seconds}});
  } else {
    say(flags.output + ": " + std::to_string(model->num_items()) + " items, dimension " +
        std::to_string(model->config().dimension) + ", " + model->search_note());
  }
}

}  // namespace

void add_bundle(CLI::App& app) {
  auto flags = std::make_shared<BundleFlags>();
  CLI::App* command = app.add_subcommand(
      "bundle", "Make a bundle of a sequence model that was trained elsewhere (ONNX)");
  command->footer(
      "Example:\n"
      "  kaskad bundle --onnx user.onnx --items items.npy --dataset ml1m -o runs/mine/bundle\n"
      "examples/pytorch_sequence_model makes these files out of a model of PyTorch.");
  command->add_option("--onnx", flags->onnx, "The user side: a history in, a vector out")
      ->required();
  command
      ->add_option("--items", flags->items,
                   "The item side: .npy, float32, a row for each item of the dataset")
      ->required();
  command->add_option("--config", flags->config,
                      "JSON that says how a history is written into the inputs");
  command->add_option("--dataset", flags->dataset, "Dataset whose items these are")->required();
  command->add_option("--split", flags->split, "Split whose learned part the model was trained on")
      ->capture_default_str();
  command->add_option("--title-feature", flags->title_feature,
                      "Item feature that people know items by (default: title or name)");
  command->add_option("-o,--output", flags->output, "Directory of the bundle")->required();
  command->add_flag("--json", flags->json, "One JSON object on standard output");
  command->callback([flags] { run_bundle(*flags); });
}

}  // namespace kaskad::cli
