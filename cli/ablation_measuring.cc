#include "cli/ablation_measuring.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "cli/console.h"
#include "kaskad/core/error.h"
#include "kaskad/core/file.h"
#include "kaskad/eval/verdict_text.h"

namespace kaskad::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using RunState = TrainedRun::State;

class AblationMeasuring {
 public:
  AblationMeasuring(const TrainedRuns& trained, const std::vector<Component>& chosen,
                    const AblationQuestions& questions, const std::string& folder,
                    const std::string& metric)
      : trained_(trained),
        chosen_(chosen),
        questions_(questions),
        folder_(folder),
        metric_(metric) {}

  Ablation measure() {
    const size_t total = static_cast<size_t>(
        std::count_if(trained_.runs.begin(), trained_.runs.end(),
                      [](const TrainedRun& one) { return one.state == RunState::kDone; }));
    size_t done = 0;
    for (const TrainedRun& one : trained_.runs) {
      if (one.state != RunState::kDone) continue;
      report(progress_, {"measuring", done++, total, one.run.component});
      add(one, measured(one));
    }
    report(progress_, {"measuring", total, total, ""});
    end_progress();
    if (ablation_.baseline.empty()) throw no_baseline();
    decide_by_metric();
    time_all();
    return std::move(ablation_);
  }

 private:
  Error no_baseline() const {
    for (const TrainedRun& one : trained_.runs) {
      if (one.state == RunState::kFailed && one.run.component == kBaseline) {
        return Error("the training of the recipe itself failed: " + one.error);
      }
    }
    return Error("--budget: no training of the recipe itself ended in time");
  }

  MeasuredRun measured(const TrainedRun& one) {
    Answers answers = questions_.answers(one.folder);
    if (ablation_.metrics.empty()) {
      ablation_.metrics = answers.metrics;
      ablation_.definitions = answers.definitions;
    }
    KASKAD_ASSERT(answers.metrics == ablation_.metrics);
    MeasuredRun run{.seed = one.run.seed, .values = std::move(answers.values)};
    read_curve(one.folder, run);
    const std::string about = one.folder + "/run.json";
    if (fs::exists(about)) {
      const json costs = json::parse(read_file(about));
      run.peak_memory = costs.value("peak_memory", 0.0);
      run.cpu_seconds = costs.value("cpu_seconds", 0.0);
    }
    return run;
  }

  // Seconds and epochs of a training, in whatever number of calls it was done.
  static void read_curve(const std::string& folder, MeasuredRun& run) {
    std::istringstream lines(read_file(folder + "/curve.jsonl"));
    for (std::string line; std::getline(lines, line);) {
      const json point = json::parse(line, nullptr, false);
      if (!point.is_object()) continue;
      ++run.epochs;
      run.train_seconds += point.value("seconds", 0.0);
    }
    const std::string result = folder + "/result.json";
    if (fs::exists(result)) {
      run.train_seconds = json::parse(read_file(result)).value("train_seconds", run.train_seconds);
    }
  }

  // A component's run counts where the baseline has its seed.
  void add(const TrainedRun& one, MeasuredRun run) {
    if (one.run.component == kBaseline) {
      ablation_.baseline.push_back(std::move(run));
      return;
    }
    const bool paired = std::any_of(ablation_.baseline.begin(), ablation_.baseline.end(),
                                    [&](const auto& base) { return base.seed == run.seed; });
    if (!paired) return;
    const auto named = [&](const auto& with) { return with.component.name == one.run.component; };
    auto& components = ablation_.components;
    auto found = std::find_if(components.begin(), components.end(), named);
    if (found == components.end()) {
      const auto of = std::find_if(chosen_.begin(), chosen_.end(), [&](const Component& component) {
        return component.name == one.run.component;
      });
      found = components.insert(components.end(), {.component = *of});
    }
    found->runs.push_back(std::move(run));
  }

  // Puts --metric in front.
  void decide_by_metric() {
    auto& names = ablation_.metrics;
    const auto found = std::find(names.begin(), names.end(), metric_);
    if (found == names.end()) {
      throw Error("--metric: found '" + metric_ + "', expected one of " + join_names(names));
    }
    const auto at = static_cast<size_t>(found - names.begin());
    const size_t metrics = names.size();
    const auto to_front = [&](auto begin) { std::rotate(begin, begin + at, begin + at + 1); };
    to_front(names.begin());
    to_front(ablation_.definitions.begin());
    const auto reorder = [&](MeasuredRun& run) {
      for (size_t row = 0; row < run.values.size(); row += metrics) {
        to_front(run.values.begin() + static_cast<ptrdiff_t>(row));
      }
    };
    for (MeasuredRun& run : ablation_.baseline) reorder(run);
    for (AblatedComponent& one : ablation_.components) {
      for (MeasuredRun& run : one.runs) reorder(run);
    }
  }

  // One model a component, of the first seed: neither operations nor time depend on the seed.
  void time_all() {
    const auto folder_of = [&](const std::string& component, uint64_t seed) {
      return run_folder(folder_, {component, seed});
    };
    const std::string baseline = folder_of(kBaseline, ablation_.baseline[0].seed);
    size_t done = 0;
    ablation_.baseline_cost = questions_.cost(baseline, baseline, folder_);
    for (AblatedComponent& one : ablation_.components) {
      report(progress_, {"timing", done++, ablation_.components.size(), one.component.name});
      one.cost =
          questions_.cost(folder_of(one.component.name, one.runs[0].seed), baseline, folder_);
    }
    end_progress();
  }

  const TrainedRuns& trained_;
  const std::vector<Component>& chosen_;
  const AblationQuestions& questions_;
  const std::string &folder_, &metric_;
  const Progress progress_ = console_progress();
  Ablation ablation_;
};

}  // namespace

Ablation measure_runs(const TrainedRuns& trained, const std::vector<Component>& chosen,
                      const AblationQuestions& questions, const std::string& folder,
                      const std::string& metric) {
  return AblationMeasuring(trained, chosen, questions, folder, metric).measure();
}

}  // namespace kaskad::cli
