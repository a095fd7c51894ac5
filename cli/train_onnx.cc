#include "cli/train_onnx.h"

#include <memory>
#include <nlohmann/json.hpp>

#include "cli/console.h"
#include "cli/nested_rankers.h"
#include "kaskad/core/error.h"
#include "kaskad/core/file.h"
#include "kaskad/core/option_name.h"
#include "kaskad/model/ranker_bundle.h"
#include "kaskad/ranking/list_metrics.h"
#include "kaskad/ranking/list_requests.h"
#include "kaskad/ranking/onnx_import.h"

namespace kaskad::cli {
namespace {

using nlohmann::json;

struct OnnxArguments {
  std::string dataset, lists, mapping, graph, output;
  std::vector<std::string> features, score_of;
  int threads = 0;
  bool json = false;
};

OnnxImport import_of(const OnnxArguments& a, const Dataset& dataset) {
  if (a.mapping.empty() == a.graph.empty()) {
    throw Error(std::string("found ") + (a.mapping.empty() ? "neither" : "both") + " " +
                option_name("--mapping") + " and " + option_name("--graph") +
                ", expected one of them: a mapping names its graph");
  }
  if (!a.mapping.empty() && !a.features.empty()) {
    throw Error("found " + option_name("--features") + " beside " + option_name("--mapping") +
                ", expected the columns in the mapping");
  }
  OnnxImport import;
  import.mapping_path = a.mapping.empty() ? a.graph + " (all features)" : a.mapping;
  import.mapping_text = a.mapping.empty() ? row_mapping(a.graph, a.features) : read_file(a.mapping);
  import.nested = open_nested(a.score_of, dataset);
  return import;
}

json tensors_json(const std::vector<TensorSpec>& specs) {
  json list = json::array();
  for (const TensorSpec& spec : specs) list.push_back(spec.to_string());
  return list;
}

json make_bundle(const OnnxArguments& a) {
  const Dataset dataset = Dataset::open(a.dataset);
  const Impressions train = Impressions::open(a.lists + "/train");
  const Impressions validation = Impressions::open(a.lists + "/validation");
  const Impressions test = Impressions::open(a.lists + "/test");
  for (const Impressions* part : {&train, &validation, &test}) check_dataset(*part, dataset);
  const auto ranker = import_onnx_ranker(import_of(a, dataset), dataset, test);
  const auto scores =
      score_lists(*ranker, dataset, validation, a.threads, console_progress(a.json));
  const double ndcg = mean_ndcg(validation, {}, scores);

  RankerBundleContents contents;
  contents.dataset = &dataset;
  contents.lists = &validation;
  contents.split_hash = train.facts().split_hash;
  contents.impressions_hash = train.hash();
  contents.config_json = ranker->config_json();
  contents.metrics_json = json{{"validation", {{"ndcg@10", ndcg}}}}.dump();
  contents.libraries = {{"onnxruntime", onnxruntime_version()}};
  write_ranker_bundle(a.output, contents, *ranker,
                      [&](const std::string& to) { ranker->save(to); });
  end_progress();
  return {{"command", "train-ranker"},
          {"kind", ranker->kind()},
          {"bundle", a.output},
          {"inputs", tensors_json(ranker->session().inputs())},
          {"outputs", tensors_json(ranker->session().outputs())},
          {"validation", {{"ndcg@10", ndcg}}}};
}

void print_bundle(const json& result) {
  for (const char* side : {"inputs", "outputs"}) {
    for (const json& tensor : result[side]) {
      say(std::string(side[0] == 'i' ? "input  " : "output ") + tensor.get<std::string>());
    }
  }
  char figure[64];
  std::snprintf(figure, sizeof(figure), "validation ndcg@10 %.4f",
                result["validation"]["ndcg@10"].get<double>());
  say("ranker " + result["bundle"].get<std::string>() + ": " + figure);
}

}  // namespace

void add_onnx_ranker(CLI::App& train_ranker) {
  const auto a = std::make_shared<OnnxArguments>();
  CLI::App* verb = train_ranker.add_subcommand(
      "onnx", "A ranker of your own, trained elsewhere and exported as ONNX");
  verb->footer(
      "Examples:\n"
      "  kaskad train-ranker onnx ml1m lists --mapping attention.toml -o runs/attention\n"
      "  kaskad train-ranker onnx ml1m lists --graph catboost.onnx -o runs/catboost\n"
      "A mapping says what each input and output means; a graph without one takes rows of all\n"
      "ranking features. examples/pytorch_ranker and examples/foreign_trees make such files.");
  verb->add_option("dataset", a->dataset, "Dataset of the lists")->required();
  verb->add_option("lists", a->lists, "Directory that `kaskad make-impressions` wrote")->required();
  verb->add_option("--mapping", a->mapping, "TOML that names the graph, its inputs and outputs");
  verb->add_option("--graph", a->graph,
                   "ONNX file of one input, rows of ranking features: trees of CatBoost, "
                   "LightGBM, ...");
  verb->add_option("--features", a->features,
                   "Of --graph: names of its features in its order (default: all)")
      ->delimiter(',');
  verb->add_option("--score-of", a->score_of,
                   "Ranker whose score is a ranking feature, copied into this one; NAME=DIRECTORY "
                   "names it. May be repeated");
  verb->add_option("--threads", a->threads, "That score the validation lists; 0: all")
      ->check(CLI::Range(0, 1024));
  verb->add_option("-o,--output", a->output, "Directory of the bundle")->required();
  verb->add_flag("--json", a->json, "One JSON object on standard output");
  verb->callback([a] {
    const json result = make_bundle(*a);
    a->json ? print_json(result) : print_bundle(result);
  });
}

}  // namespace kaskad::cli
