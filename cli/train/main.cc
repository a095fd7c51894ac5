// kaskad-train: the verbs `kaskad train` and `kaskad train-ranker neural`, a program of its own
// because it links libtorch.
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string_view>

#include "cli/console.h"
#include "cli/eval_table.h"
#include "cli/interruption.h"
#include "cli/run_program.h"
#include "cli/train/options.h"
#include "cli/train/ranker.h"
#include "kaskad/core/memory.h"
#include "kaskad/core/utc.h"
#include "kaskad/eval/results.h"
#include "kaskad/retrieval/neural.h"
#include "kaskad/train/train.h"

namespace kaskad::cli {
namespace {

void print_curve(const std::vector<train::CurvePoint>& curve) {
  std::cout << "  epoch  loss      ndcg@10  hr@10   popularity  coverage  sequences/s\n";
  for (const train::CurvePoint& point : curve) {
    char line[160];
    std::snprintf(line, sizeof(line), "  %5lld  %-8.4f", static_cast<long long>(point.epoch),
                  point.loss);
    std::cout << line;
    if (const auto& figures = point.validation) {
      const auto& of = figures->values;
      std::snprintf(line, sizeof(line), "  %.4f   %.4f  %-10.1f  %-8.4f  %.0f", of.at("ndcg@10"),
                    of.at("hit_rate@10"), of.at("popularity@10"), of.at("coverage@10"),
                    point.examples_per_second);
      std::cout << line;
    }
    std::cout << "\n";
  }
}

void print_result(const TrainArguments& arguments, const train::TrainResult& result) {
  print_curve(result.curve);
  char line[256];
  std::snprintf(line, sizeof(line),
                "\n%lld epochs in %.0f s, best %lld (validation ndcg@10 %.4f); ONNX differs by at "
                "most %.1e; at most %s of memory\n\n",
                static_cast<long long>(result.epochs), result.train_seconds,
                static_cast<long long>(result.best_epoch), result.best_ndcg, result.parity.worst(),
                format_bytes(result.peak_memory).c_str());
  std::cout << line << metric_table({result.test}) << "\n"
            << segment_table(result.segments) << "\nbundle " << arguments.output
            << "/bundle, curve " << arguments.output << "/curve.jsonl" << std::endl;
}

int run(const TrainArguments& arguments) {
  register_neural();
  const Dataset dataset = Dataset::open(arguments.dataset);
  const Split split = make_split(dataset, SplitOptions::parse(arguments.split));
  std::vector<std::string> notes = split.warnings;
  const train::Recipe recipe = chosen_recipe(arguments, dataset, notes);
  for (const std::string& note : notes) say("warning: " + note);
  train::TrainOptions options;
  options.directory = arguments.output;
  options.resume = arguments.resume;
  options.bootstrap = {.resamples = arguments.resamples, .seed = recipe.seed};
  options.stop = [] { return was_interrupted(); };
  watch_interruption();
  const train::TrainResult result =
      train::train(dataset, split, recipe, options, console_progress());
  end_progress();
  if (result.stopped) {
    say("stopped; " + train_command_line(arguments) + " --resume goes on");
    return kInterrupted;
  }
  if (!result.leads) return 0;
  nlohmann::json line = train::result_json(result, recipe, arguments.output);
  line["command"] = "train";
  line["command_line"] = train_command_line(arguments);
  line["time"] = now_utc();
  line["dataset"] = arguments.dataset;
  append_result(arguments.runs + "/results.jsonl", line);
  if (arguments.json) {
    line["learning_curve"] = result.curve;
    print_json(line);
  } else {
    print_result(arguments, result);
  }
  return 0;
}

}  // namespace
}  // namespace kaskad::cli

int main(int argc, char** argv) {
  if (argc > 1 && std::string_view(argv[1]) == kaskad::cli::kTrainRankerWord) {
    return kaskad::cli::train_ranker_main(argc - 1, argv + 1);
  }
  CLI::App app{"Train a neural retriever in C++, export it as ONNX and measure what was exported"};
  app.name("kaskad train");
  app.set_version_flag("--version", KASKAD_VERSION);
  kaskad::cli::TrainArguments arguments;
  kaskad::cli::add_train_options(app, arguments);
  return kaskad::cli::run_program(app, argc, argv, [&] { return kaskad::cli::run(arguments); });
}
