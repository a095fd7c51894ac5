#include "cli/train/options.h"

#include <nlohmann/json.hpp>
#include <optional>

#include "cli/recipe_settings.h"

namespace kaskad::cli {
namespace {

using train::Recipe;

// Above it the scores of all items cost more than the model itself.
constexpr size_t kFullSoftmaxItems = 50'000;

constexpr const char* kExample =
    "Example:\n"
    "  kaskad train ml1m --model sasrec --split leave-one-out -o runs/sasrec\n"
    "  kaskad train ml1m --from-advice runs/grid/recipe.toml --set dropout=0.2 -o runs/advised\n"
    "\n"
    "recipe.toml holds `key = value` lines; every key has a default:\n"
    "  model = \"sasrec\"         # bert4rec, two_tower\n"
    "  block = \"ligr\"           # pre_norm, post_norm, hstu\n"
    "  loss = \"sampled_softmax\" # softmax, bce, gbce, in_batch\n"
    "  num_negatives = 3000\n"
    "\n"
    "Several processes share the work when torch's MASTER_ADDR, MASTER_PORT, RANK and WORLD_SIZE\n"
    "are set; with --set shard_items=true each holds its rows of the items' table alone.\n"
    "Ctrl-C leaves a checkpoint; --resume continues from it.";

bool names_loss(const TrainArguments& arguments) {
  for (const std::string& setting : arguments.settings) {
    if (setting.starts_with("loss=")) return true;
  }
  // A file's author saw the key; one who left it out in a recipe of his own takes the default.
  return !arguments.recipe.empty() || !arguments.advice.empty();
}

}  // namespace

void add_train_options(CLI::App& app, TrainArguments& a) {
  app.footer(kExample);
  app.add_option("dataset", a.dataset, "Directory that `kaskad ingest` wrote")->required();
  CLI::Option* recipe = app.add_option("recipe", a.recipe, "TOML file (default: the model's own)");
  app.add_option("--from-advice", a.advice, "The recipe.toml that `kaskad grid` wrote")
      ->excludes(recipe);
  app.add_option("--model", a.model, "sasrec, bert4rec or two_tower, over what the file says");
  app.add_option("--set", a.settings, "key=value of the recipe, over what the file says; repeat")
      ->allow_extra_args(false);
  app.add_option("--split", a.split,
                 "leave-one-out, leave-last-n:3, global-time:0.1, global-time:2000-12-01, "
                 "global-time:last-7d, user-holdout:0.1")
      ->capture_default_str();
  app.add_option("-o,--output", a.output, "Directory for bundle, checkpoints and curves")
      ->required();
  app.add_flag("--resume", a.resume, "Go on from the output's last checkpoint");
  app.add_option("--threads", a.threads, "0: all")->check(CLI::NonNegativeNumber);
  app.add_option("--device", a.device, "auto, cpu or cuda");
  app.add_option("--seed", a.seed, "Of weights, order, masks, negatives and dropout")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--resamples", a.resamples, "Bootstrap resamples for the 95% intervals")
      ->check(CLI::Range(100, 1000000))
      ->capture_default_str();
  app.add_option("--runs", a.runs, "Where results.jsonl goes")->capture_default_str();
  app.add_flag("--json", a.json, "One JSON object on standard output");
}

Recipe chosen_recipe(const TrainArguments& arguments, const Dataset& dataset,
                     std::vector<std::string>& notes) {
  std::optional<train::ModelKind> model;
  if (!arguments.model.empty()) model = train::parse_model_kind(arguments.model);
  const std::string& file = arguments.recipe.empty() ? arguments.advice : arguments.recipe;
  Recipe recipe = file.empty() ? Recipe::defaults(model.value_or(train::ModelKind::kSasrec))
                               : Recipe::from_toml(file, model);
  if (!names_loss(arguments) && dataset.num_items() > kFullSoftmaxItems) {
    recipe.loss = train::LossKind::kSampledSoftmax;
    notes.push_back(
        std::to_string(dataset.num_items()) +
        " items: taking loss = \"sampled_softmax\"; --set loss=softmax scores them all");
  }
  apply_settings(arguments.settings, recipe);
  if (arguments.threads >= 0) recipe.threads = arguments.threads;
  if (!arguments.device.empty()) recipe.set("device", arguments.device);
  if (arguments.seed >= 0) recipe.seed = static_cast<uint64_t>(arguments.seed);
  recipe.check();
  return recipe;
}

std::string train_command_line(const TrainArguments& arguments) {
  std::string text = "kaskad train " + arguments.dataset;
  if (!arguments.recipe.empty()) text += " " + arguments.recipe;
  if (!arguments.advice.empty()) text += " --from-advice " + arguments.advice;
  if (!arguments.model.empty()) text += " --model " + arguments.model;
  for (const std::string& setting : arguments.settings) text += " --set " + setting;
  if (arguments.seed >= 0) text += " --seed " + std::to_string(arguments.seed);
  return text + " --split " + arguments.split + " -o " + arguments.output;
}

}  // namespace kaskad::cli
