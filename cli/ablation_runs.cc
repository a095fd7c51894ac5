#include "cli/ablation_runs.h"

#include <algorithm>
#include <chrono>
#include <deque>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "cli/child_process.h"
#include "cli/console.h"
#include "cli/interruption.h"
#include "kaskad/core/error.h"
#include "kaskad/core/file.h"
#include "kaskad/core/memory.h"
#include "kaskad/core/parallel.h"

namespace kaskad::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using Clock = std::chrono::steady_clock;

double seconds_from(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// What a training writes last says that it is whole.
bool is_done(const AblationTrainings& plan, const std::string& folder) {
  return fs::exists(folder + (plan.lists.empty() ? "/result.json" : "/bundle/manifest.json"));
}

json read_json(const std::string& path) {
  if (!fs::exists(path)) return json::object();
  const json found = json::parse(read_file(path), nullptr, false);
  return found.is_object() ? found : json::object();
}

// Threads of a run that goes on: with others it would not end with the same weights.
int threads_of(const std::string& folder, int threads) {
  if (!fs::exists(folder + "/checkpoints")) return threads;
  return read_json(folder + "/recipe.json").value("threads", threads);
}

const Component* component_of(const AblationTrainings& plan, const AblationRun& run) {
  for (const Component& one : plan.components) {
    if (one.name == run.component) return &one;
  }
  return nullptr;  // the baseline
}

std::vector<std::string> command_of(const AblationTrainings& plan, const AblationRun& run,
                                    const std::string& folder, int threads) {
  std::vector<std::string> command = {"/proc/self/exe"};
  const std::string recipe = plan.folder + "/recipe.toml";
  if (plan.lists.empty()) {
    command.insert(command.end(), {"train", plan.dataset, recipe, "--split", plan.split, "--runs",
                                   plan.folder + "/runs"});
  } else {
    command.insert(command.end(),
                   {"train-ranker", "neural", plan.dataset, plan.lists, "--recipe", recipe});
    command.emplace_back("--measure-validation");
    std::string heads;
    for (const std::string& head : plan.heads) heads += (heads.empty() ? "" : ",") + head;
    if (!heads.empty()) command.insert(command.end(), {"--measure-heads", heads});
  }
  if (const Component* component = component_of(plan, run)) {
    for (const std::string& setting : component->settings) {
      command.insert(command.end(), {"--set", setting});
    }
  }
  command.insert(command.end(), {"--seed", std::to_string(run.seed), "--threads",
                                 std::to_string(threads), "--output", folder});
  if (fs::exists(folder + "/checkpoints")) command.emplace_back("--resume");
  return command;
}

// The last line of a training's outputs that names an error, else its last line.
std::string said_last(const std::string& log) {
  std::string last, error;
  std::istringstream lines(fs::exists(log) ? read_file(log) : "");
  for (std::string line; std::getline(lines, line);) {
    if (line.find("error: ") != std::string::npos) error = line.substr(line.find("error: ") + 7);
    if (!line.empty()) last = line;
  }
  return error.empty() ? last : error;
}

std::string name_of(const AblationRun& run) {
  return run.component + " seed " + std::to_string(run.seed);
}

class TrainingQueue {
 public:
  explicit TrainingQueue(const AblationTrainings& plan) : plan_(plan) {
    std::vector<std::string> names;
    for (const Component& one : plan.components) names.push_back(one.name);
    for (const AblationRun& run : plan_runs(names, plan.seeds)) {
      TrainedRun& known = out_.runs.emplace_back(TrainedRun{run, run_folder(plan.folder, run)});
      if (is_done(plan, known.folder)) {
        known.state = TrainedRun::State::kDone;
        note_peak(known.folder);
      } else {
        waiting_.push_back(out_.runs.size() - 1);
      }
    }
    total_ = waiting_.size();
    out_.sharing = share_threads(default_threads(), total_, plan.jobs);
  }

  TrainedRuns run() {
    if (total_ > 0) watch_interruption();
    while (!active_.empty() || !waiting_.empty()) {
      while (may_start()) start();
      if (active_.empty()) break;  // the budget is used up
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      reap();
      show();
      if (was_interrupted()) {
        interrupt();
        break;
      }
    }
    end_progress();
    return std::move(out_);
  }

 private:
  struct Active {
    size_t number;  // of out_.runs
    int threads;
    Clock::time_point start;
    std::unique_ptr<ChildProcess> process;
  };

  void note_peak(const std::string& folder) {
    peak_ = std::max(peak_, read_json(folder + "/run.json").value("peak_memory", uint64_t{0}));
  }

  double expected() const { return ended_ == 0 ? 0 : seconds_ / static_cast<double>(ended_); }

  // Unless the user says how many, the first run shows alone what memory they need.
  bool may_start() const {
    if (waiting_.empty() || was_interrupted()) return false;
    if (!fits_budget(plan_.budget_seconds, seconds_from(start_), expected())) return false;
    if (active_.empty()) return true;
    if (plan_.jobs > 0) return active_.size() < static_cast<size_t>(plan_.jobs);
    if (peak_ == 0) return false;
    const uint64_t running = peak_ * active_.size();
    const int jobs = jobs_in_memory(out_.sharing.jobs, available_memory() + running, peak_);
    return active_.size() < static_cast<size_t>(jobs);
  }

  void start() {
    const size_t number = waiting_.front();
    waiting_.pop_front();
    const TrainedRun& run = out_.runs[number];
    fs::create_directories(run.folder);
    const int threads = threads_of(run.folder, out_.sharing.threads);
    active_.push_back(
        {number, threads, Clock::now(),
         std::make_unique<ChildProcess>(command_of(plan_, run.run, run.folder, threads),
                                        run.folder + "/training.log", ChildProcess::Group::kOwn)});
  }

  void reap() {
    for (size_t a = 0; a < active_.size();) {
      if (active_[a].process->running()) {
        ++a;
        continue;
      }
      finish(active_[a]);
      active_.erase(active_.begin() + static_cast<ptrdiff_t>(a));
    }
  }

  void finish(Active& ended) {
    TrainedRun& run = out_.runs[ended.number];
    const double seconds = seconds_from(ended.start);
    const std::string ending = ended.process->wait();
    note_costs(run.folder, ended, seconds);
    if (ending.empty() && is_done(plan_, run.folder)) {
      run.state = TrainedRun::State::kDone;
      note_peak(run.folder);
      seconds_ += seconds;
      ++ended_;
      ++out_.trained;
      return;
    }
    run.state = TrainedRun::State::kFailed;
    run.error = said_last(run.folder + "/training.log") + " (" +
                (ending.empty() ? "it left no bundle" : ending) + ")";
    ++failed_;
    if (!was_interrupted()) say("warning: " + name_of(run.run) + " failed: " + run.error);
  }

  // Of all calls in which the run was trained: an interrupted one has its share.
  static void note_costs(const std::string& folder, const Active& ended, double seconds) {
    const json before = read_json(folder + "/run.json");
    const ChildProcess& process = *ended.process;
    const json about = {
        {"seconds", before.value("seconds", 0.0) + seconds},
        {"cpu_seconds", before.value("cpu_seconds", 0.0) + process.cpu_seconds()},
        {"threads", ended.threads},
        {"peak_memory", std::max(before.value("peak_memory", uint64_t{0}), process.peak_memory())}};
    write_file(folder + "/run.json", about.dump(1) + "\n");
  }

  void interrupt() {
    say("interrupted: waiting for the checkpoints of " + std::to_string(active_.size()) +
        (active_.size() == 1 ? " training" : " trainings"));
    for (const Active& one : active_) one.process->interrupt();
    for (Active& one : active_) finish(one);
    active_.clear();
    out_.interrupted = true;
  }

  // The bar itself tells the time that is left.
  void show() {
    std::string note;
    for (const Active& one : active_) {
      note += (note.empty() ? "" : ", ") + name_of(out_.runs[one.number].run);
    }
    report(progress_, {"training", ended_ + failed_, total_, note});
  }

  const AblationTrainings& plan_;
  const Progress progress_ = console_progress();
  const Clock::time_point start_ = Clock::now();
  TrainedRuns out_;
  std::deque<size_t> waiting_;
  std::vector<Active> active_;
  size_t total_ = 0, ended_ = 0, failed_ = 0;
  double seconds_ = 0;  // of the runs that ended
  uint64_t peak_ = 0;   // bytes, the most that one of them took
};

}  // namespace

std::string run_folder(const std::string& folder, const AblationRun& run) {
  return folder + "/runs/" + folder_name(run.component) + "/seed-" + std::to_string(run.seed);
}

TrainedRuns train_runs(const AblationTrainings& plan) { return TrainingQueue(plan).run(); }

}  // namespace kaskad::cli
