// kaskad ensemble: the winner of a grid and trained models as one retriever, with weights fitted on
// validation.
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/console.h"
#include "cli/eval_table.h"
#include "cli/output_directory.h"
#include "kaskad/core/error.h"
#include "kaskad/core/file.h"
#include "kaskad/core/memory.h"
#include "kaskad/core/parallel.h"
#include "kaskad/eval/results.h"
#include "kaskad/eval/segments.h"
#include "kaskad/grid/fit_ensemble.h"
#include "kaskad/model/bundle.h"
#include "kaskad/onnx/session.h"

namespace kaskad::cli {
namespace {

namespace fs = std::filesystem;

struct EnsembleArguments {
  std::vector<std::string> runs;
  std::string dataset, split = "leave-one-out", output, title_feature, memory = "4G";
  int threads = 0;
  uint64_t seed = 1;
  size_t resamples = 1000;
  bool json = false;
};

std::vector<EnsembleMember> open_members(const EnsembleArguments& arguments, const Dataset& dataset,
                                         const Split& split, const BlendFitOptions& options) {
  std::vector<EnsembleMember> members;
  for (const std::string& run : arguments.runs) {
    members.push_back(open_member(run, dataset, split, options));
  }
  return members;
}

struct TestFigures {
  Evaluation evaluation;
  SegmentReport segments;
};

TestFigures measure_test(const Ensemble& model, const Dataset& dataset, const Split& split,
                         int threads, const BootstrapOptions& bootstrap, const Progress& progress) {
  report(progress, {"measuring on test", 0, 0, ""});
  const Catalogue catalogue(dataset, split.test);
  EvalOptions options;
  options.metrics = default_metrics(Profile::kKaskad, !catalogue.distance.empty());
  options.threads = threads;
  options.bootstrap = bootstrap;
  const RankedCases ranked = rank_cases(
      model, dataset, split.test, {.k = longest_k(options.metrics), .threads = threads}, progress);
  TestFigures figures{measure(ranked, catalogue, split, split.test, dataset, options), {}};
  figures.segments = make_segments(figures.evaluation, ranked, catalogue, dataset);
  return figures;
}

void write_ensemble_bundle(const std::string& directory, const Dataset& dataset, const Split& split,
                           const Ensemble& model, const std::string& metrics,
                           const std::string& title_feature) {
  BundleContents contents = BundleContents::of(dataset, split.test, split.hash);
  contents.config_json = model.config_json();
  contents.metrics_json = metrics;
  contents.title_feature = title_feature;
  contents.libraries = {{"onnxruntime", onnxruntime_version()}};
  write_bundle(directory, contents, model, [&](const std::string& to) { model.save(to); });
}

nlohmann::json members_json(const FittedEnsemble& fitted) {
  nlohmann::json members = nlohmann::json::array();
  for (const MemberFigures& member : fitted.members) {
    members.push_back(
        {{"name", member.name},
         {"weight", member.weight},
         {"validation", {{"ndcg@10", member.ndcg}, {"hit_rate@10", member.hit_rate}}}});
  }
  return members;
}

void print_members(const FittedEnsemble& fitted) {
  const auto figure = [](double value) {
    char text[32];
    std::snprintf(text, sizeof(text), "%.4f", value);
    return std::string(text);
  };
  std::vector<std::vector<std::string>> rows = {
      {"", "weight", "validation ndcg@10", "hit_rate@10"}};
  for (const MemberFigures& member : fitted.members) {
    rows.push_back(
        {member.name, figure(member.weight), figure(member.ndcg), figure(member.hit_rate)});
  }
  rows.push_back({"ensemble", "", figure(fitted.ndcg), figure(fitted.hit_rate)});
  const Interval& gain = fitted.gain.difference;
  std::cout << aligned(rows) << "\nOn validation, with weights fitted on other cases, the ensemble "
            << (gain.low > 0 ? "beats" : "does not clearly beat")
            << " its best member: " << figure(gain.value) << " (" << figure(gain.low) << " to "
            << figure(gain.high) << ").\n\n";
}

nlohmann::json result_json(const FittedEnsemble& fitted, const TestFigures& test,
                           const std::string& output, double seconds) {
  nlohmann::json result = to_json(test.evaluation);
  result["command"] = "ensemble";
  result["members"] = members_json(fitted);
  result["validation"] = {{"ndcg@10", fitted.ndcg}, {"hit_rate@10", fitted.hit_rate}};
  result["gain"] = to_json(fitted.gain.difference);
  result["segments"] = to_json(test.segments);
  result["values"] = output + "/test";
  result["bundle"] = output + "/bundle";
  result["peak_memory_bytes"] = peak_memory();
  result["seconds"] = seconds;
  return result;
}

void run_ensemble(const EnsembleArguments& arguments) {
  keep_freed_memory();
  const auto began = std::chrono::steady_clock::now();
  const Dataset dataset = Dataset::open(arguments.dataset);
  const Split split = make_split(dataset, SplitOptions::parse(arguments.split));
  for (const std::string& warning : split.warnings) say("warning: " + warning);
  check_replaceable(arguments.output, "ensemble.json", "an earlier ensemble");
  const BootstrapOptions bootstrap{.resamples = arguments.resamples, .seed = arguments.seed};
  const BlendFitOptions options{
      .threads = arguments.threads > 0 ? arguments.threads : default_threads(),
      .memory = parse_bytes(arguments.memory)};
  const auto members = open_members(arguments, dataset, split, options);
  const Progress progress = console_progress(arguments.json);
  const FittedEnsemble fitted = fit_ensemble(dataset, split, members, options, bootstrap, progress);
  const TestFigures test =
      measure_test(*fitted.model, dataset, split, options.threads, bootstrap, progress);
  end_progress();

  StagedDirectory staged(arguments.output);
  write_ensemble_bundle(staged.file("bundle"), dataset, split, *fitted.model,
                        to_json(test.evaluation)["metrics"].dump(), arguments.title_feature);
  save_evaluation(staged.file("test"), test.evaluation);
  write_file(staged.file("ensemble.json"), members_json(fitted).dump(1) + "\n");
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - began;
  const nlohmann::json result = result_json(fitted, test, arguments.output, taken.count());
  write_file(staged.file("result.json"), result.dump(1) + "\n");
  staged.commit();
  if (arguments.json) return print_json(result);
  print_members(fitted);
  std::cout << metric_table({test.evaluation}) << std::endl;
  say("bundle " + arguments.output + "/bundle");
}

}  // namespace

void add_ensemble(CLI::App& app) {
  const auto arguments = std::make_shared<EnsembleArguments>();
  EnsembleArguments& a = *arguments;
  CLI::App* verb = app.add_subcommand(
      "ensemble",
      "Make one retriever of a grid's winner and trained models, weights from validation");
  verb->footer(
      "Example:\n"
      "  kaskad ensemble ml1m runs/grid runs/sasrec --split leave-one-out -o runs/both\n"
      "  kaskad compare runs/grid runs/sasrec runs/both");
  verb->add_option("dataset", a.dataset, "Dataset of the runs")->required();
  verb->add_option("runs", a.runs,
                   "Two or more folders that grid or train wrote; NAME=FOLDER names one")
      ->required()
      ->expected(2, 64);
  verb->add_option("--split", a.split, "Split of the runs")->capture_default_str();
  verb->add_option("-o,--output", a.output, "Folder for the bundle and its figures")->required();
  verb->add_option("--title-feature", a.title_feature,
                   "Item feature that people know items by (default: title or name)");
  verb->add_option("--threads", a.threads, "0: one per CPU")->check(CLI::Range(0, 1024));
  verb->add_option("--memory", a.memory, "For matrices and candidates")->capture_default_str();
  verb->add_option("--resamples", a.resamples, "Bootstrap resamples for the 95% intervals")
      ->check(CLI::Range(100, 1000000))
      ->capture_default_str();
  verb->add_option("--seed", a.seed, "Seed of the bootstrap")->capture_default_str();
  verb->add_flag("--json", a.json, "One JSON object on standard output");
  verb->callback([arguments] { run_ensemble(*arguments); });
}

}  // namespace kaskad::cli
