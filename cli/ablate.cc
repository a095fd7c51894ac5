// kaskad ablate: what each component of a recipe earns, and what it costs.
#include <algorithm>
#include <filesystem>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/ablation_measuring.h"
#include "cli/ablation_questions.h"
#include "cli/ablation_runs.h"
#include "cli/ablation_table.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/interruption.h"
#include "cli/output_directory.h"
#include "cli/recipe_settings.h"
#include "kaskad/ablation/ablation.h"
#include "kaskad/core/directory_lock.h"
#include "kaskad/core/error.h"
#include "kaskad/core/file.h"
#include "kaskad/core/utc.h"
#include "kaskad/dataset/impressions.h"
#include "kaskad/report/ablation_page.h"

namespace kaskad::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using RunState = TrainedRun::State;

struct AblateArguments {
  std::string dataset, recipe, lists, output, metric = "ndcg@10", part = "validation", report;
  std::string split = "leave-one-out";
  std::vector<std::string> settings, only, leave, heads;
  std::vector<uint64_t> seeds = {1, 2, 3};
  int jobs = 0;
  double budget = 0;
  size_t resamples = 2000;
  uint64_t bootstrap_seed = 1;
  bool list = false, json = false;
};

train::Recipe chosen_recipe(const AblateArguments& arguments) {
  train::Recipe recipe = train::Recipe::from_toml(arguments.recipe);
  apply_settings(arguments.settings, recipe);
  recipe.check();
  // Each run has a seed and a share of the threads of its own.
  recipe.seed = 1;
  recipe.threads = 0;
  return recipe;
}

class AblateRun {
 public:
  explicit AblateRun(const AblateArguments& arguments)
      : arguments_(arguments),
        recipe_(chosen_recipe(arguments)),
        dataset_(Dataset::open(arguments.dataset)),
        questions_(ask()),
        all_(components_of(recipe_, questions_->data())),
        chosen_(chosen_components(all_, arguments.only, arguments.leave)) {
    if (recipe_.refit && arguments.part == "validation") {
      say("note: refit = false in all runs: a model that learned validation cannot be asked it");
      recipe_.refit = false;
    }
  }

  void list() const {
    if (!arguments_.json) {
      std::cout << component_table(all_) << std::flush;
      return;
    }
    json out = json::array();
    for (const Component& one : all_) {
      out.push_back({{"name", one.name}, {"words", one.words}, {"settings", one.settings}});
      if (!one.obstacle.empty()) out.back()["obstacle"] = one.obstacle;
    }
    print_json({{"command", "ablate"}, {"model", to_string(recipe_.model)}, {"components", out}});
  }

  void run() {
    if (arguments_.output.empty()) throw Error("found no --output, expected a folder for the runs");
    check_replaceable(arguments_.output, "plan.json", "an earlier ablation");
    const DirectoryLock lock(arguments_.output);
    write_plan();
    trained_ = train_runs(trainings());
    if (trained_.interrupted) {
      say("interrupted; the same command goes on");
      throw CLI::RuntimeError(kInterrupted);
    }
    ablation_ = measure_runs(trained_, chosen_, *questions_, arguments_.output, arguments_.metric);
    ablation_.model = to_string(recipe_.model);
    json result = ablation_json(
        ablation_, {.resamples = arguments_.resamples, .seed = arguments_.bootstrap_seed});
    add_record(result);
    write_file(arguments_.output + "/ablation.json", result.dump(1) + "\n");
    const std::string page =
        arguments_.report.empty() ? arguments_.output + "/ablation.html" : arguments_.report;
    write_file(page, ablation_page(result));
    if (arguments_.json) return print_json(result);
    std::cout << change_table(result) << "\n" << result["verdict"].get<std::string>() << std::endl;
    for (const json& one : result["left_out"]) {
      say("left out: " + one["name"].get<std::string>() + ", " + one["why"].get<std::string>());
    }
    say("page " + page);
  }

 private:
  std::unique_ptr<AblationQuestions> ask() const {
    const auto& a = arguments_;
    if (recipe_.ranks()) {
      if (a.lists.empty()) {
        throw Error("found no --lists, expected the lists that " + to_string(recipe_.model) +
                    " puts in order, as `kaskad make-impressions` writes them");
      }
      return list_questions(dataset_, a.lists, a.part, a.heads);
    }
    if (!a.lists.empty()) {
      throw Error("found --lists, expected --split: " + to_string(recipe_.model) + " retrieves");
    }
    return user_questions(dataset_, a.split, a.part);
  }

  AblationTrainings trainings() const {
    return {.folder = arguments_.output,
            .dataset = arguments_.dataset,
            .lists = arguments_.lists,
            .split = arguments_.split,
            .heads = arguments_.heads,
            .components = chosen_,
            .seeds = arguments_.seeds,
            .jobs = arguments_.jobs,
            .budget_seconds = 60 * arguments_.budget};
  }

  // What the runs in a folder have in common; others may not join them.
  json plan() const {
    json out = {{"form", kAblationForm},
                {"recipe", recipe_},
                {"dataset_hash", dataset_.hash()},
                {"split_hash", questions_->facts().at("split_hash")},
                {"heads", arguments_.heads}};
    if (recipe_.ranks()) out["lists"] = Impressions::open(arguments_.lists + "/train").hash();
    return out;
  }

  void write_plan() const {
    const std::string path = arguments_.output + "/plan.json";
    const json now = plan();
    if (fs::exists(path)) {
      const json before = json::parse(read_file(path), nullptr, false);
      for (const auto& [key, value] : now.items()) {
        if (before.is_object() && before.value(key, json()) == value) continue;
        throw Error("'" + arguments_.output + "' holds an ablation of another " +
                    difference(before, now, key) + "; choose another directory");
      }
    }
    fs::create_directories(arguments_.output);
    write_file(arguments_.output + "/recipe.toml", to_toml(recipe_));
    write_file(path, now.dump(1) + "\n");
  }

  // "recipe: epochs was 5 and is 6", "dataset_hash: was "a" and is "b"".
  static std::string difference(const json& before, const json& now, const std::string& key) {
    const json old = before.is_object() ? before.value(key, json()) : json();
    if (key != "recipe" || !old.is_object()) {
      return key + ": it was " + old.dump() + " and is " + now[key].dump();
    }
    for (const auto& [field, value] : now[key].items()) {
      if (old.value(field, json()) != value) {
        return key + ": " + field + " was " + old.value(field, json()).dump() + " and is " +
               value.dump();
      }
    }
    return key;
  }

  void add_record(json& result) const {
    result["command"] = "ablate";
    result["command_line"] = command_line();
    result["kaskad"] = KASKAD_VERSION;
    result["time"] = now_utc();
    result["dataset"] = arguments_.dataset;
    result["dataset_hash"] = dataset_.hash();
    result["on"] = arguments_.part;
    result["bootstrap"] = {{"resamples", arguments_.resamples},
                           {"seed", arguments_.bootstrap_seed}};
    result["trained"] = trained_.trained;
    result["sharing"] = {{"jobs", trained_.sharing.jobs}, {"threads", trained_.sharing.threads}};
    result.update(questions_->facts());
    add_missing(result);
  }

  // Components without any run, and why; trainings that failed.
  void add_missing(json& result) const {
    result["left_out"] = result["failed"] = json::array();
    for (const Component& one : all_) {
      if (!one.obstacle.empty()) {
        result["left_out"].push_back({{"name", one.name}, {"why", one.obstacle}});
      }
    }
    for (const TrainedRun& one : trained_.runs) {
      if (one.state == RunState::kLeftOut) {
        result["left_out"].push_back(
            {{"name", one.run.component + ", seed " + std::to_string(one.run.seed)},
             {"why", "the budget was used up"}});
      } else if (one.state == RunState::kFailed) {
        result["failed"].push_back(
            {{"name", one.run.component}, {"seed", one.run.seed}, {"error", one.error}});
      }
    }
  }

  std::string command_line() const {
    const auto& a = arguments_;
    std::string text = "kaskad ablate " + a.dataset + " " + a.recipe;
    text += a.lists.empty() ? " --split " + a.split : " --lists " + a.lists;
    for (const std::string& setting : a.settings) text += " --set " + setting;
    if (a.part != "validation") text += " --on " + a.part;
    text += " --seeds ";
    for (size_t s = 0; s < a.seeds.size(); ++s) {
      text += (s == 0 ? "" : ",") + std::to_string(a.seeds[s]);
    }
    return text + " -o " + a.output;
  }

  const AblateArguments& arguments_;
  train::Recipe recipe_;
  const Dataset dataset_;
  const std::unique_ptr<AblationQuestions> questions_;
  const std::vector<Component> all_, chosen_;
  TrainedRuns trained_;
  Ablation ablation_;
};

void check_seeds(std::vector<uint64_t> seeds) {
  std::sort(seeds.begin(), seeds.end());
  const auto twice = std::adjacent_find(seeds.begin(), seeds.end());
  if (twice == seeds.end()) return;
  throw Error("--seeds: found " + std::to_string(*twice) + " twice, expected each once");
}

void run_ablate(const AblateArguments& arguments) {
  check_seeds(arguments.seeds);
  AblateRun work(arguments);
  if (arguments.list) return work.list();
  work.run();
}

void add_choice_options(CLI::App* verb, AblateArguments& a) {
  verb->add_option("--set", a.settings, "key=value of the recipe, over what the file says; repeat")
      ->allow_extra_args(false);
  verb->add_option("--only", a.only, "These components alone: NAME,NAME")->delimiter(',');
  verb->add_option("--without", a.leave, "All but these components: NAME,NAME")->delimiter(',');
  verb->add_flag("--list", a.list, "Print the components and what switches them off, and stop");
}

void add_question_options(CLI::App* verb, AblateArguments& a) {
  verb->add_option("--lists", a.lists,
                   "Of rankers: directory that `kaskad make-impressions` wrote");
  verb->add_option("--split", a.split, "Of retrievers, as of `kaskad train`")
      ->capture_default_str();
  verb->add_option("--on", a.part, "validation, where choices are made, or test")
      ->check(CLI::IsMember({"validation", "test"}))
      ->capture_default_str();
  verb->add_option("--heads", a.heads, "Of rankers: whose labels are relevant (default: any)")
      ->delimiter(',');
  verb->add_option("--metric", a.metric, "What decides")->capture_default_str();
}

void add_run_options(CLI::App* verb, AblateArguments& a) {
  verb->add_option("--seeds", a.seeds, "Of the trainings; two at least tell how far they differ")
      ->delimiter(',')
      ->capture_default_str();
  verb->add_option("--jobs", a.jobs,
                   "Trainings beside each other, which divide the threads (default: as cores and "
                   "memory allow)")
      ->check(CLI::Range(1, 1024));
  verb->add_option("--budget", a.budget,
                   "Minutes: no training is begun that is expected to end later")
      ->check(CLI::Range(0.01, 1e6));
  verb->add_option("--resamples", a.resamples, "Bootstrap resamples for the 95% intervals")
      ->check(CLI::Range(100, 1000000))
      ->capture_default_str();
  verb->add_option("--bootstrap-seed", a.bootstrap_seed, "Seed of the bootstrap")
      ->capture_default_str();
}

}  // namespace

void add_ablate(CLI::App& app) {
  const auto arguments = std::make_shared<AblateArguments>();
  AblateArguments& a = *arguments;
  CLI::App* verb = app.add_subcommand(
      "ablate", "Train a recipe without each of its components: what each earns and costs");
  verb->footer(
      "Examples:\n"
      "  kaskad ablate shop recipe.toml --lists lists --list\n"
      "  kaskad ablate shop recipe.toml --lists lists --budget 120 -o runs/ablation\n"
      "  kaskad ablate ml1m sasrec.toml --split leave-one-out --seeds 1,2 -o runs/ablation\n"
      "Ctrl-C stops it; the same command goes on. More seeds or components may be added later.");
  verb->add_option("dataset", a.dataset, "Directory that `kaskad ingest` wrote")->required();
  verb->add_option("recipe", a.recipe, "TOML file, of any model that is trained")->required();
  add_choice_options(verb, a);
  add_question_options(verb, a);
  add_run_options(verb, a);
  verb->add_option("--report", a.report, "Page with the plot (default: OUTPUT/ablation.html)");
  verb->add_flag("--json", a.json, "One JSON object on standard output");
  verb->add_option("-o,--output", a.output, "Directory of the runs, ablation.json and the page");
  verb->callback([arguments] { run_ablate(*arguments); });
}

}  // namespace kaskad::cli
