#include <nlohmann/json.hpp>

#include "kaskad/cascade/load_cascade.h"
#include "kaskad/core/error.h"

namespace kaskad {
namespace {

using nlohmann::json;

const char* name_of(Fallback fallback) {
  constexpr const char* kNames[] = {"skip", "last_good", "bundle"};
  return kNames[static_cast<size_t>(fallback)];
}

const char* name_of(AskedFor asked) {
  constexpr const char* kNames[] = {"always", "search", "recommend"};
  return kNames[static_cast<size_t>(asked)];
}

// What is true of a retriever and of a ranker alike.
template <typename Stage>
nlohmann::ordered_json describe_stage(const Stage& stage, const Cascade& cascade) {
  const StageConfig& config = stage.config();
  const size_t all = cascade.catalogue().size(), known = stage.ids().known();
  nlohmann::ordered_json found = {{"name", config.name},
                                  {"kind", stage.bundle().kind},
                                  {"bundle", config.bundle},
                                  {"version", stage.bundle().hash.substr(0, 12)},
                                  {"created", stage.bundle().created},
                                  {"keep", config.keep},
                                  {"time_ms", config.time_ms},
                                  {"fallback", name_of(config.fallback)},
                                  {"asked", name_of(config.asked)},
                                  {"items", known},
                                  {"items_unknown", all - known}};
  if (stage.other()) found["fallback_kind"] = stage.other()->bundle().kind;
  return found;
}

void check_ids(const StageConfig& stage, size_t known, size_t all, json& report) {
  if (known == 0) {
    report["errors"].push_back(stage.place.text +
                               ": found a ranker that knows none of the retrievers' items, "
                               "expected one of the same catalogue");
  } else if (known < all) {
    report["warnings"].push_back("'" + stage.name + "' does not know " +
                                 std::to_string(all - known) + " of the " + std::to_string(all) +
                                 " items that the retrievers know; it scores them as unknown ones");
  }
}

void check_ranker(const RankStage& stage, const Cascade& cascade, json& report) {
  check_ids(stage.config(), stage.ids().known(), cascade.catalogue().size(), report);
  const std::vector<std::string> context = stage.bundle().ranker->context_names();
  if (!context.empty()) {
    std::string names;
    for (const std::string& name : context) names += (names.empty() ? "" : ", ") + name;
    report["warnings"].push_back("'" + stage.config().name + "' looks at what is shown with a " +
                                 "candidate (" + names + "); a cascade has none of it");
  }
  if (stage.other()) check_ranker(*stage.other(), cascade, report);
}

void check_items(const Cascade& cascade, json& report) {
  const size_t all = cascade.catalogue().size();
  const size_t blocked = cascade.gate().num_blocked();
  report["items"] = all;
  report["items_shut_out"] = blocked;
  if (blocked == all) {
    report["errors"].push_back(cascade.config().path +
                               ": no item may be shown: the filters shut all of them out");
  }
  for (const std::string& id : cascade.config().banned) {
    if (cascade.catalogue().find(id)) continue;
    report["warnings"].push_back(cascade.config().banned_place.text + ": '" + id +
                                 "' is no item of the retrievers");
  }
  if (cascade.config().items.empty()) return;
  const size_t known = cascade.facts().known();
  if (known < all) {
    report["warnings"].push_back("features are not known of " + std::to_string(all - known) +
                                 " of the " + std::to_string(all) + " items");
  }
}

// The first trial finds the models cold, so it runs before those that are reported.
void report_trials(const Cascade& cascade, json& report) {
  try_cascade(cascade);
  report["trials"] = json::array();
  for (const Trial& one : try_cascade(cascade)) {
    json trial = {{"user", one.stored ? "stored" : "unknown"},
                  {"items", one.answer.items.size()},
                  {"stages", json::array()}};
    for (const StageRecord& stage : one.answer.stages) {
      trial["stages"].push_back({{"name", stage.name},
                                 {"in", stage.in},
                                 {"out", stage.out},
                                 {"ms", stage.seconds * 1000}});
      if (!stage.fault) continue;
      report["warnings"].push_back("a trial request found '" + std::string(stage.name) +
                                   "' failing: " + stage.fault->why);
    }
    report["trials"].push_back(std::move(trial));
  }
}

void describe_cascade(const Cascade& cascade, json& report) {
  report["name"] = cascade.config().name;
  report["version"] = cascade.version();
  report["stages"] = describe_stages(cascade);
  for (const RankStage* stage : {cascade.prerank(), cascade.rank()}) {
    if (stage) check_ranker(*stage, cascade, report);
  }
  report["histories"] = cascade.histories() ? json(cascade.histories()->config().name) : json();
}

}  // namespace

nlohmann::ordered_json describe_stages(const Cascade& cascade) {
  nlohmann::ordered_json stages = nlohmann::ordered_json::array();
  for (const auto& stage : cascade.retrievers()) {
    stages.push_back(describe_stage(*stage, cascade));
    stages.back()["stage"] = "retrieve";
    const std::string note = stage->bundle().retriever->search_note();
    if (!note.empty()) stages.back()["search"] = note;
  }
  for (const RankStage* stage : {cascade.prerank(), cascade.rank()}) {
    if (!stage) continue;
    stages.push_back(describe_stage(*stage, cascade));
    stages.back()["stage"] = stage->config().name;
    stages.back()["scores_of"] = stage->config().scores_of;
  }
  return stages;
}

json check_cascade(const std::string& path) {
  json report = {{"file", path},
                 {"errors", json::array()},
                 {"warnings", json::array()},
                 {"stages", json::array()}};
  const auto note = [&](const Error& error) { report["errors"].push_back(error.what()); };
  try {
    CascadeConfig config = CascadeConfig::from_toml(path);
    LoadedParts loaded;
    CascadeParts parts = load_parts(config, note, loaded);
    if (report["errors"].empty()) {
      const Cascade cascade(std::move(config), std::move(parts), std::make_shared<StageThreads>());
      describe_cascade(cascade, report);
      check_items(cascade, report);
      report_trials(cascade, report);
    }
  } catch (const Error& error) {
    note(error);
  }
  report["ok"] = report["errors"].empty();
  return report;
}

}  // namespace kaskad
