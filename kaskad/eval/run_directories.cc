#include "kaskad/eval/run_directories.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "kaskad/core/file.h"
#include "kaskad/model/bundle.h"

namespace kaskad {
namespace {

namespace fs = std::filesystem;

bool is_evaluation(const fs::path& directory) { return fs::exists(directory / "evaluation.json"); }

std::string name_of(const fs::path& path) {
  const fs::path clean = path.lexically_normal();
  return (clean.has_filename() ? clean : clean.parent_path()).filename().string();
}

// What `train` and `grid` say of themselves.
RunCost read_cost(const fs::path& run) {
  RunCost cost;
  for (const char* file : {"result.json", "grid.json"}) {
    if (!fs::exists(run / file)) continue;
    const auto json = nlohmann::json::parse(read_file((run / file).string()), nullptr, false);
    if (!json.is_object()) {
      throw data_error((run / file).string(), 0, "", "no JSON object", "one");
    }
    cost.fit_seconds = json.value("train_seconds", json.value("seconds", -1.0));
    cost.peak_memory = json.value("peak_memory_bytes", -1.0);
    return cost;
  }
  return cost;
}

std::string bundle_of(const fs::path& run) {
  for (const char* name : {"bundle", "winner"}) {
    if (fs::exists(run / name / "manifest.json")) return (run / name).string();
  }
  return "";
}

class Finder {
 public:
  void look(const std::string& given) {
    const NamedRun run = parse_named_run(given);
    if (!fs::exists(run.path)) throw Error("'" + run.path + "' does not exist");
    const size_t before = found_.runs.size();
    look_at(run.path, run.name);
    if (found_.runs.size() == before) found_.skipped.push_back(run.path);
  }

  FoundRuns finish() {
    if (found_.runs.empty()) {
      throw Error(
          "found no evaluation; expected folders that 'kaskad grid', 'kaskad train' or "
          "'kaskad eval' wrote");
    }
    return std::move(found_);
  }

 private:
  void look_at(const fs::path& path, const std::string& name) {
    if (!fs::is_directory(path)) return;
    if (is_evaluation(path)) return add(name, path, {}, "");
    if (is_evaluation(path / "test")) {
      add(name, path / "test", read_cost(path), bundle_of(path));
      for (const fs::path& baseline : folders(path / "baselines")) {
        add_baseline(name_of(baseline), baseline);
      }
      return;
    }
    // A folder of saved evaluations: their folders are time stamps, their models say more.
    for (const fs::path& inner : folders(path)) {
      if (!is_evaluation(inner)) continue;
      add(name + "/" + name_of(inner), inner, {}, "");
      std::string& added = found_.runs.back().name;
      const std::string model = found_.runs.back().evaluation.model;
      const bool taken = std::any_of(found_.runs.begin(), found_.runs.end(),
                                     [&](const ComparedRun& run) { return run.name == model; });
      if (!taken) added = model;
    }
  }

  static std::vector<fs::path> folders(const fs::path& path) {
    std::vector<fs::path> found;
    if (!fs::is_directory(path)) return found;
    for (const auto& entry : fs::directory_iterator(path)) {
      if (entry.is_directory()) found.push_back(entry.path());
    }
    std::sort(found.begin(), found.end());
    return found;
  }

  void add(const std::string& name, const fs::path& directory, RunCost cost,
           const std::string& bundle) {
    found_.runs.push_back(
        {name, directory.string(), load_evaluation(directory.string()), cost, {}});
    found_.bundles.push_back(bundle);
  }

  // Every run measures the same baselines; one of each is enough.
  void add_baseline(const std::string& name, const fs::path& directory) {
    Evaluation evaluation = load_evaluation(directory.string());
    for (const ComparedRun& known : found_.runs) {
      if (known.name == name && known.evaluation.split_hash == evaluation.split_hash) return;
    }
    found_.runs.push_back({name, directory.string(), std::move(evaluation), {}, {}});
    found_.bundles.emplace_back();
  }

  FoundRuns found_;
};

}  // namespace

NamedRun parse_named_run(const std::string& given) {
  const size_t equals = given.find('=');
  if (equals == std::string::npos || fs::exists(given)) return {name_of(given), given};
  return {given.substr(0, equals), given.substr(equals + 1)};
}

FoundRuns find_runs(const std::vector<std::string>& paths) {
  Finder finder;
  for (const std::string& path : paths) finder.look(path);
  return finder.finish();
}

RunCost measure_bundle(const std::string& directory) {
  using Clock = std::chrono::steady_clock;
  constexpr size_t kMostRequests = 500;
  constexpr size_t kLength = 10;
  RunCost cost;
  cost.bundle_bytes = 0;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    if (entry.is_regular_file()) cost.bundle_bytes += static_cast<double>(entry.file_size());
  }
  const Bundle bundle = load_bundle(directory);
  const size_t users = bundle.users.size();
  const size_t requests = users == 0 ? kMostRequests : std::min(users, kMostRequests);
  std::vector<double> micros;
  std::vector<ScoredItem> row(kLength);
  for (size_t r = 0; r < requests; ++r) {
    Query query{.now = bundle.now};
    if (users > 0) query = bundle.query(UserId{static_cast<uint32_t>(r * users / requests)});
    const auto begin = Clock::now();
    bundle.retriever->retrieve({&query, 1}, kLength, row);
    micros.push_back(std::chrono::duration<double, std::micro>(Clock::now() - begin).count());
  }
  std::nth_element(micros.begin(), micros.begin() + static_cast<ptrdiff_t>(micros.size() / 2),
                   micros.end());
  cost.score_microseconds = micros[micros.size() / 2];
  return cost;
}

}  // namespace kaskad
