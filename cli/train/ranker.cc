#include "cli/train/ranker.h"

#include <cstdio>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/console.h"
#include "cli/interruption.h"
#include "cli/recipe_settings.h"
#include "cli/run_program.h"
#include "cli/train/options.h"
#include "kaskad/core/error.h"
#include "kaskad/train/train_ranker.h"

namespace kaskad::cli {
namespace {

struct TrainRankerArguments {
  std::string dataset, lists, recipe, model, kernel, output;
  std::vector<std::string> settings, heads, measured_heads;
  int threads = -1;
  int64_t seed = -1;
  bool resume = false, measure_validation = false, json = false;
};

train::Recipe chosen_recipe(const TrainRankerArguments& arguments) {
  std::optional<train::ModelKind> model;
  if (!arguments.model.empty()) model = train::parse_model_kind(arguments.model);
  train::Recipe recipe = arguments.recipe.empty()
                             ? train::Recipe::defaults(model.value_or(train::ModelKind::kAmortized))
                             : train::Recipe::from_toml(arguments.recipe, model);
  apply_settings(arguments.settings, recipe);
  for (const std::string& weight : arguments.heads) {
    apply_settings({"head_weights." + weight}, recipe);
  }
  if (arguments.threads >= 0) recipe.threads = arguments.threads;
  if (arguments.seed >= 0) recipe.seed = static_cast<uint64_t>(arguments.seed);
  recipe.check();
  return recipe;
}

std::optional<RankKernel> chosen_kernel(const TrainRankerArguments& arguments) {
  if (arguments.kernel.empty()) return std::nullopt;
  return parse_rank_kernel(arguments.kernel);
}

nlohmann::json heads_json(const std::vector<Head>& heads) {
  nlohmann::json list = nlohmann::json::array();
  for (const Head& head : heads) list.push_back({{"name", head.name}, {"weight", head.weight}});
  return list;
}

nlohmann::json result_json(const TrainRankerArguments& arguments,
                           const train::RankerTrainResult& result) {
  return {{"command", "train-ranker"},
          {"dataset", arguments.dataset},
          {"lists", arguments.lists},
          {"bundle", arguments.output + "/bundle"},
          {"heads", heads_json(result.heads)},
          {"epochs", result.epochs},
          {"best_epoch", result.best_epoch},
          {"validation", {{"ndcg@10", result.best_ndcg}}},
          {"train_seconds", result.train_seconds},
          {"parity", result.parity},
          {"kernel", to_string(result.kernel)},
          {"kernel_parity", result.kernel_parity},
          {"learning_curve", result.curve}};
}

void print_train_ranker(const TrainRankerArguments& arguments,
                        const train::RankerTrainResult& result) {
  if (result.heads.size() > 1) {
    std::cout << "heads";
    for (const Head& head : result.heads) std::cout << "  " << head.name << " x " << head.weight;
    std::cout << "; ndcg@10 is the mean of their own by these weights\n";
  }
  std::cout << "  epoch  loss      ndcg@10  seconds\n";
  char line[160];
  for (const train::CurvePoint& point : result.curve) {
    char ndcg[16] = "";
    if (point.validation) std::snprintf(ndcg, sizeof(ndcg), "%.4f", point.validation->ndcg());
    std::snprintf(line, sizeof(line), "  %5lld  %-8.4f  %-7s  %.1f\n",
                  static_cast<long long>(point.epoch), point.loss, ndcg, point.seconds);
    std::cout << line;
  }
  std::snprintf(line, sizeof(line),
                "\n%lld epochs in %.0f s, best %lld (validation ndcg@10 %.4f); ONNX differs by at "
                "most %.1e\n",
                static_cast<long long>(result.epochs), result.train_seconds,
                static_cast<long long>(result.best_epoch), result.best_ndcg, result.parity);
  std::cout << line;
  if (result.kernel != RankKernel::kOnnx) {
    std::snprintf(line, sizeof(line),
                  "candidates in the %s kernel, which differs by at most %.1e\n",
                  to_string(result.kernel).c_str(), result.kernel_parity);
    std::cout << line;
  }
  std::cout << std::flush;
  say("ranker " + arguments.output + "/bundle");
}

int run(const TrainRankerArguments& arguments) {
  const Dataset dataset = Dataset::open(arguments.dataset);
  const train::Recipe recipe = chosen_recipe(arguments);
  watch_interruption();
  const train::RankerTrainResult result =
      train::train_ranker(dataset, arguments.lists, recipe,
                          {.directory = arguments.output,
                           .resume = arguments.resume,
                           .stop = [] { return was_interrupted(); },
                           .kernel = chosen_kernel(arguments),
                           .measure_validation = arguments.measure_validation,
                           .measured_heads = arguments.measured_heads},
                          console_progress(arguments.json));
  end_progress();
  if (result.stopped) {
    say("stopped; the same command with --resume goes on from the last epoch");
    return kInterrupted;
  }
  if (arguments.json) {
    print_json(result_json(arguments, result));
  } else {
    print_train_ranker(arguments, result);
  }
  return 0;
}

void add_options(CLI::App& app, TrainRankerArguments& a) {
  app.footer(
      "Examples:\n"
      "  kaskad train-ranker neural ml1m lists --model amortized -o runs/amortized\n"
      "  kaskad train-ranker neural ml1m lists --model bst --set blocks=1 -o runs/bst\n"
      "  kaskad train-ranker neural shop lists --model interact_rank \\\n"
      "    --set counters=query:item,query_token:item -o runs/interact\n"
      "  kaskad eval-ranker ml1m lists --ranker runs/amortized --ranker runs/bst");
  app.add_option("dataset", a.dataset, "Dataset of the lists")->required();
  app.add_option("lists", a.lists, "Directory that `kaskad make-impressions` wrote")->required();
  app.add_option("--recipe", a.recipe, "TOML file (default: the model's own)");
  app.add_option("--model", a.model,
                 std::string(train::kRankingModels) + ", over what the file says");
  app.add_option("--set", a.settings, "key=value of the recipe, over what the file says; repeat")
      ->allow_extra_args(false);
  app.add_option("--head-weight", a.heads,
                 "NAME=WEIGHT in the loss and the final score (default 1), as --set "
                 "head_weights.NAME=WEIGHT; repeat")
      ->allow_extra_args(false);
  app.add_option("-o,--output", a.output, "Directory for bundle, checkpoints and curve")
      ->required();
  app.add_option("--kernel", a.kernel,
                 "What scores candidates: fp32 or int8 (amortized; fp32 by default), or onnx");
  CLI::Option* measure = app.add_flag(
      "--measure-validation", a.measure_validation,
      "Also write the figures of every validation list, as of those lists, to OUTPUT/validation");
  app.add_option("--measure-heads", a.measured_heads,
                 "Whose labels are relevant there (default: any)")
      ->delimiter(',')
      ->needs(measure);
  app.add_flag("--resume", a.resume, "Go on from the output's last epoch");
  app.add_option("--threads", a.threads, "0: all")->check(CLI::NonNegativeNumber);
  app.add_option("--seed", a.seed, "Of weights, order, candidates and dropout")
      ->check(CLI::NonNegativeNumber);
  app.add_flag("--json", a.json, "One JSON object on standard output");
}

}  // namespace

int train_ranker_main(int argc, char** argv) {
  CLI::App app{"Train a neural ranker on stored lists and export it as ONNX"};
  app.name("kaskad train-ranker neural");
  TrainRankerArguments arguments;
  add_options(app, arguments);
  return run_program(app, argc, argv, [&] { return run(arguments); });
}

}  // namespace kaskad::cli
