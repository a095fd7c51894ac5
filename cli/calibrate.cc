// kaskad calibrate: probabilities beside the scores of a ranker, fitted on the validation lists and
// measured on those of the test.
#include <cstdio>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/console.h"
#include "cli/eval_table.h"
#include "kaskad/core/error.h"
#include "kaskad/core/file.h"
#include "kaskad/model/ranker_bundle.h"
#include "kaskad/ranking/calibration_fit.h"
#include "kaskad/ranking/list_halves.h"
#include "kaskad/ranking/list_requests.h"
#include "kaskad/ranking/reliability.h"

namespace kaskad::cli {
namespace {

using nlohmann::json;

struct CalibrateArguments {
  std::string bundle, dataset, lists, output, method = "isotonic";
  int threads = 0;
  bool json = false;
};

std::string in_form(double value, const char* form = "%.4f") {
  char text[32];
  std::snprintf(text, sizeof(text), form, value);
  return text;
}

// Whether trees learned from one half of the validation lists alone, the other only stopped them.
bool learned_half(const RankerBundle& bundle) {
  const json manifest = json::parse(bundle.manifest_text);
  return manifest.value("metrics", json::object()).value("learned_half", false);
}

void check(const RankerBundle& bundle, const Dataset& dataset, const Impressions& validation) {
  check_dataset(validation, dataset);
  check_lists(*bundle.ranker, dataset, validation, bundle.directory);
  if (bundle.items.hash() != dataset.items().hash()) {
    throw Error("ranker '" + bundle.directory + "' was made for other items than those of '" +
                dataset.directory() + "'");
  }
  if (bundle.impressions_hash == validation.hash() && !learned_half(bundle)) {
    throw Error("ranker '" + bundle.directory + "' learned from the lists '" +
                validation.directory() +
                "' themselves: it is too sure of them for probabilities that hold; expected one "
                "that learned from others, or, as `kaskad train-ranker gbdt --learn-from "
                "validation` trains it, from half of them");
  }
  if (bundle.split_hash != validation.facts().split_hash) {
    say("warning: ranker '" + bundle.directory +
        "' learned another split than the lists are of: it may know their answers");
  }
}

void print_calibrate(const json& result) {
  std::vector<std::vector<std::string>> rows = {
      {"head", "candidates", "base rate", "ece", "Brier", "Brier of the base rate"}};
  for (const json& head : result["test"]) {
    rows.push_back({head["head"], std::to_string(head["candidates"].get<size_t>()),
                    in_form(head["base_rate"]), in_form(head["ece"]),
                    in_form(head["brier"], "%.5f"), in_form(head["brier_of_base_rate"], "%.5f")});
  }
  std::cout << result["method"].get<std::string>() << ", fitted on "
            << result["fitted_on"].get<std::string>() << "; on those of the test:\n\n"
            << aligned(rows);
  for (const json& head : result["test"]) {
    std::vector<std::vector<std::string>> bins = {{"predicted", "observed", "candidates"}};
    for (const json& bin : head["bins"]) {
      bins.push_back({in_form(bin["predicted"]), in_form(bin["observed"]),
                      std::to_string(bin["count"].get<size_t>())});
    }
    std::cout << "\n"
              << head["head"].get<std::string>() << ", bins of equal mass\n"
              << aligned(bins);
  }
  std::cout << std::flush;
  say("ranker " + result["bundle"].get<std::string>());
}

void run_calibrate(const CalibrateArguments& arguments) {
  const Progress progress = console_progress(arguments.json);
  const RankerBundle bundle = load_ranker_bundle(arguments.bundle);
  const Dataset dataset = Dataset::open(arguments.dataset);
  const auto validation = Impressions::open(arguments.lists + "/validation");
  const auto test = Impressions::open(arguments.lists + "/test");
  check(bundle, dataset, validation);
  const bool half = bundle.impressions_hash == validation.hash();
  const StagedDirectory scratch(arguments.output + ".halves");  // never committed
  const Impressions fitted = half ? halve_lists(validation, scratch.path()).second
                                  : Impressions::open(validation.directory());

  Calibration calibration;
  calibration.impressions_hash = fitted.hash();
  for (const LabelledScores& head :
       label_scores(*bundle.ranker, dataset, fitted, arguments.threads, progress)) {
    calibration.heads.push_back(fit_curve(arguments.method, head));
  }
  const json figures =
      measure_calibration(*bundle.ranker, calibration, dataset, test, arguments.threads, progress);
  end_progress();
  write_calibrated(arguments.output, bundle, calibration, json{{"test", figures}}.dump());
  const json result = {
      {"command", "calibrate"},
      {"ranker", arguments.bundle},
      {"method", arguments.method},
      {"fitted_on", half ? "half of the validation lists" : "the validation lists"},
      {"impressions_hash", fitted.hash()},
      {"bundle", arguments.output},
      {"test", figures}};
  if (arguments.json) return print_json(result);
  print_calibrate(result);
}

}  // namespace

void add_calibrate(CLI::App& app) {
  const auto arguments = std::make_shared<CalibrateArguments>();
  CalibrateArguments& a = *arguments;
  CLI::App* verb = app.add_subcommand("calibrate", "Give a ranker probabilities beside its scores");
  verb->footer("Example:\n  kaskad calibrate runs/gbdt ml1m lists -o runs/gbdt-calibrated");
  verb->add_option("ranker", a.bundle, "What `kaskad train-ranker` wrote")->required();
  verb->add_option("dataset", a.dataset, "Dataset of the lists")->required();
  verb->add_option("lists", a.lists, "Directory that `kaskad make-impressions` wrote")->required();
  verb->add_option("--method", a.method, "isotonic: any rising curve; platt: a logistic one")
      ->check(CLI::IsMember({"isotonic", "platt"}))
      ->capture_default_str();
  verb->add_option("--threads", a.threads, "0: all")->check(CLI::Range(0, 1024));
  verb->add_flag("--json", a.json, "One JSON object on standard output");
  verb->add_option("-o,--output", a.output, "Directory for the ranker with probabilities")
      ->required();
  verb->callback([arguments] { run_calibrate(*arguments); });
}

}  // namespace kaskad::cli
