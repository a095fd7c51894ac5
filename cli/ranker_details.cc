#include "cli/ranker_details.h"

#include <filesystem>
#include <fstream>

#include "kaskad/core/error.h"
#include "kaskad/core/file.h"

namespace kaskad::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

fs::path bundle_of(const fs::path& folder) {
  return fs::exists(folder / "bundle/manifest.json") ? folder / "bundle" : folder;
}

// curve.jsonl of a training: a line an epoch.
json epochs_of(const fs::path& path) {
  json points = json::array();
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const json point = json::parse(line, nullptr, false);
    if (!point.is_object() || !point.contains("validation")) continue;
    points.push_back({point.value("epoch", json()), point["validation"].value("ndcg@10", json())});
  }
  return points;
}

json trees_of(const json& course) {
  json points = json::array();
  for (size_t tree = 0; tree < course.size(); ++tree) points.push_back({tree + 1, course[tree]});
  return points;
}

bool same_place(const std::string& a, const std::string& b) {
  std::error_code failure;
  return fs::equivalent(bundle_of(a), bundle_of(b), failure);
}

}  // namespace

json ranker_details(const std::string& folder) {
  json details = json::object();
  if (folder.empty()) return details;
  const fs::path bundle = bundle_of(folder);
  const json manifest = json::parse(read_file((bundle / "manifest.json").string()));
  const json metrics = manifest.value("metrics", json::object());
  for (const json& head : metrics.value("heads", json::array())) {
    const json name = head.value("name", json());
    if (!head.value("importance", json::array()).empty()) {
      details["importance"].push_back({{"head", name}, {"features", head["importance"]}});
    }
    if (head.contains("course")) {
      details["curves"].push_back(
          {{"head", name}, {"unit", "trees"}, {"points", trees_of(head["course"])}});
    }
  }
  const json epochs = epochs_of(fs::path(folder) / "curve.jsonl");
  if (!epochs.empty()) {
    details["curves"].push_back({{"head", ""}, {"unit", "epoch"}, {"points", epochs}});
  }
  return details;
}

std::vector<json> timings_of(const std::string& file, const std::vector<std::string>& folders,
                             const std::vector<ListEvaluation>& evaluations) {
  std::vector<json> timings;
  try {
    const json bench = json::parse(read_file(file));
    for (const json& result : bench.at("results")) {
      for (size_t e = 0; e < folders.size(); ++e) {
        if (folders[e].empty() || !same_place(result.at("bundle"), folders[e])) continue;
        timings.push_back({{"ranker", evaluations[e].ranker},
                           {"history", result.at("history")},
                           {"candidates", result.at("candidates")},
                           {"p50_ms", result.at("new_history").at("p50_ms")},
                           {"p99_ms", result.at("new_history").at("p99_ms")}});
      }
    }
  } catch (const json::exception& fault) {
    throw data_error(file, 0, "", fault.what(), "what `kaskad bench rank --json` prints");
  }
  if (timings.empty()) {
    throw data_error(file, 0, "results", "no ranker of this table",
                     "measurements of a folder that --ranker names");
  }
  return timings;
}

}  // namespace kaskad::cli
