#include <algorithm>
#include <cctype>
#include <filesystem>
#include <limits>
#include <set>

#include "kaskad/cascade/config.h"
#include "kaskad/core/file.h"
#include "kaskad/core/nearest_name.h"
#include "kaskad/core/toml_reader.h"

namespace kaskad {
namespace {

constexpr size_t kMostCandidates = 100'000;
constexpr double kMostMilliseconds = 60'000;

// Paths are relative to the file that names them.
std::string beside(const std::string& file, const std::string& path) {
  return (std::filesystem::path(file).parent_path() / path).lexically_normal().string();
}

Rule read_rule(TomlReader& reader, const char* key) {
  std::string text;
  reader.text(key, text);
  try {
    return Rule::parse(text);
  } catch (const Error& error) {
    throw Error(reader.place(key).text + ", " + error.what());
  }
}

void read_bundle(TomlReader& reader, const std::string& path, StageConfig& stage) {
  reader.need("bundle");
  reader.text("bundle", stage.bundle);
  stage.place = reader.place("bundle");
  stage.bundle = beside(path, stage.bundle);
  reader.number("time_ms", stage.time_ms, 0, kMostMilliseconds);
}

void read_fallback(TomlReader& reader, const std::string& path, StageConfig& stage) {
  if (!reader.has("fallback")) return;
  if (!reader.is_text("fallback")) {
    TomlReader inner = reader.table("fallback");
    StageConfig other;
    other.name = stage.name + ".fallback";
    other.keep = stage.keep;
    other.scores_of = stage.scores_of;
    read_bundle(inner, path, other);
    inner.finish();
    stage.fallback = Fallback::kBundle;
    stage.other = {other};
    return;
  }
  std::string name;
  reader.text("fallback", name);
  if (name == "last_good") {
    stage.fallback = Fallback::kLastGood;
  } else if (name != "skip") {
    reader.fail("fallback", "'" + name + "'", "skip, last_good or { bundle = \"PATH\" }");
  }
}

void read_asked(TomlReader& reader, StageConfig& stage) {
  std::string name = "always";
  reader.text("asked", name);
  if (name == "search") {
    stage.asked = AskedFor::kSearch;
  } else if (name == "recommend") {
    stage.asked = AskedFor::kRecommend;
  } else if (name != "always") {
    reader.fail("asked", "'" + name + "'", "always, search or recommend");
  }
}

void read_retriever(TomlReader& reader, CascadeConfig& config) {
  StageConfig stage;
  reader.need("name");
  reader.text("name", stage.name);
  for (const char c : stage.name) {
    if (std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-') continue;
    reader.fail("name", "'" + stage.name + "'", "letters, digits, '_' and '-'");
  }
  static const std::set<std::string> kTaken = {"retrieve", "filter", "prerank", "rank", "blend"};
  bool taken = kTaken.contains(stage.name);
  for (const StageConfig& other : config.retrievers) taken |= other.name == stage.name;
  if (taken) reader.fail("name", "'" + stage.name + "'", "a name that no other stage has");
  reader.need("quota");
  reader.whole("quota", stage.keep, 1, kMostCandidates);
  read_bundle(reader, config.path, stage);
  read_fallback(reader, config.path, stage);
  read_asked(reader, stage);
  reader.finish();
  config.retrievers.push_back(std::move(stage));
}

// The name of one of the retrievers, or nothing.
void read_retriever_name(TomlReader& reader, const char* key, const CascadeConfig& config,
                         std::string& name) {
  reader.text(key, name);
  const std::vector<std::string> names = known_names(config.retrievers);
  if (name.empty() || std::ranges::find(names, name) != names.end()) return;
  reader.fail(key, "'" + name + "'", one_of(names, name));
}

std::optional<StageConfig> read_ranker(TomlReader& root, const char* name,
                                       const CascadeConfig& config) {
  if (!root.has(name)) return std::nullopt;
  TomlReader reader = root.table(name);
  StageConfig stage;
  stage.name = name;
  stage.scores_of = config.retrievers.front().name;
  read_retriever_name(reader, "scores_of", config, stage.scores_of);
  reader.need("keep");
  reader.whole("keep", stage.keep, 1, kMostCandidates);
  read_bundle(reader, config.path, stage);
  read_fallback(reader, config.path, stage);
  read_asked(reader, stage);
  reader.finish();
  return stage;
}

void read_filter(TomlReader& root, CascadeConfig& config) {
  if (!root.has("filter")) return;
  TomlReader reader = root.table("filter");
  reader.text("available", config.available);
  config.available_place = reader.place("available");
  if (!config.available.empty()) config.available = beside(config.path, config.available);
  reader.texts("banned", config.banned);
  config.banned_place = reader.place("banned");
  for (TomlReader& inner : reader.tables("rules")) {
    FilterRule rule;
    inner.need("name");
    inner.text("name", rule.name);
    rule.keep = inner.has("keep");
    if (rule.keep == inner.has("drop")) {
      inner.fail("name", rule.keep ? "both 'keep' and 'drop'" : "neither 'keep' nor 'drop'",
                 "one of them with an expression");
    }
    const char* key = rule.keep ? "keep" : "drop";
    rule.rule = read_rule(inner, key);
    rule.place = inner.place(key);
    inner.finish();
    config.rules.push_back(std::move(rule));
  }
  reader.finish();
}

void read_mmr(TomlReader& reader, BlendConfig& blend) {
  if (!reader.has("mmr")) return;
  TomlReader inner = reader.table("mmr");
  inner.need("lambda");
  inner.number("lambda", blend.mmr_lambda, 0, 1);
  inner.need("feature");
  inner.text("feature", blend.mmr_feature);
  blend.mmr_place = inner.place("feature");
  inner.finish();
}

void read_caps(TomlReader& reader, BlendConfig& blend) {
  for (TomlReader& inner : reader.tables("caps")) {
    CapConfig cap;
    inner.need("at_most");
    inner.whole("at_most", cap.at_most, 0, kMostCandidates);
    const bool when = inner.has("when");
    if (when == inner.has("feature")) {
      inner.fail("at_most", when ? "both 'when' and 'feature'" : "neither 'when' nor 'feature'",
                 "one of them");
    }
    inner.text("feature", cap.feature);
    if (when) cap.when = read_rule(inner, "when");
    cap.place = inner.place(when ? "when" : "feature");
    inner.finish();
    blend.caps.push_back(std::move(cap));
  }
}

void read_shares(TomlReader& reader, BlendConfig& blend) {
  if (reader.has("fresh")) {
    TomlReader inner = reader.table("fresh");
    for (const char* key : {"feature", "days", "share"}) inner.need(key);
    inner.text("feature", blend.fresh_feature);
    inner.number("days", blend.fresh_days, 0, 100'000);
    inner.number("share", blend.fresh_share, 0, 1);
    blend.fresh_place = inner.place("feature");
    inner.finish();
  }
  if (!reader.has("explore")) return;
  TomlReader inner = reader.table("explore");
  inner.need("share");
  inner.number("share", blend.explore_share, 0, 1);
  size_t seed = blend.explore_seed;
  inner.whole("seed", seed, 0, std::numeric_limits<int64_t>::max());
  blend.explore_seed = seed;
  inner.finish();
}

void read_pinned(TomlReader& reader, BlendConfig& blend) {
  blend.pinned_place = reader.place("pinned");
  for (TomlReader& inner : reader.tables("pinned")) {
    PinnedItem pinned;
    inner.need("item");
    inner.text("item", pinned.item);
    inner.need("position");
    inner.whole("position", pinned.position, 1, 1000);
    for (const PinnedItem& other : blend.pinned) {
      if (other.position == pinned.position) {
        inner.fail("position", std::to_string(pinned.position), "a position with one item");
      }
      if (other.item == pinned.item) inner.fail("item", "'" + pinned.item + "'", "each item once");
    }
    inner.finish();
    blend.pinned.push_back(std::move(pinned));
  }
}

void read_blend(TomlReader& root, CascadeConfig& config) {
  if (!root.has("blend")) return;
  TomlReader reader = root.table("blend");
  read_mmr(reader, config.blend);
  read_caps(reader, config.blend);
  read_shares(reader, config.blend);
  read_pinned(reader, config.blend);
  reader.finish();
}

void read_breaker(TomlReader& root, BreakerConfig& breaker) {
  if (!root.has("breaker")) return;
  TomlReader reader = root.table("breaker");
  reader.whole("failures", breaker.failures, 1, 1000);
  reader.number("open_ms", breaker.open_ms, 0, 3'600'000);
  reader.whole("most_abandoned", breaker.most_abandoned, 1, 64);
  reader.finish();
}

}  // namespace

CascadeConfig CascadeConfig::from_toml(const std::string& path, const std::vector<TomlEntry>& set) {
  TomlReader root = TomlReader::open(path, set);
  CascadeConfig config;
  config.path = path;
  config.text = read_file(path);
  for (const TomlEntry& entry : set) config.text += "\n" + entry.key + " = " + entry.value;
  root.text("name", config.name);
  root.text("items", config.items);
  config.items_place = root.place("items");
  if (!config.items.empty()) config.items = beside(path, config.items);
  root.truth("parallel_retrieval", config.parallel_retrieval);
  root.whole("last_good_users", config.last_good_users, 1, 10'000'000);
  for (TomlReader& reader : root.tables("retriever")) read_retriever(reader, config);
  if (config.retrievers.empty()) {
    throw Error(path + ": found no retriever, expected at least one [[retriever]]");
  }
  read_retriever_name(root, "histories", config, config.histories);
  config.histories_place = root.place("histories");
  read_filter(root, config);
  config.prerank = read_ranker(root, "prerank", config);
  config.rank = read_ranker(root, "rank", config);
  read_blend(root, config);
  read_breaker(root, config.breaker);
  root.finish();
  return config;
}

}  // namespace kaskad
