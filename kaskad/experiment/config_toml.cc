#include <algorithm>
#include <cctype>
#include <cmath>
#include <filesystem>

#include "kaskad/core/nearest_name.h"
#include "kaskad/core/short_number.h"
#include "kaskad/experiment/assignment.h"
#include "kaskad/experiment/config.h"

namespace kaskad {
namespace {

constexpr double kLeastShare = 1.0 / kBuckets;
constexpr double kRounding = 1e-9;  // of sums of shares such as 0.1 + 0.2 + 0.7

// Names go into logs, metrics and tables.
void read_name(TomlReader& reader, std::string& name) {
  reader.need("name");
  reader.text("name", name);
  for (const char c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-' || c == '.') continue;
    reader.fail("name", "'" + name + "'", "letters, digits, '_', '-' and '.'");
  }
}

// Which arm `key` names; `otherwise` where it is not there.
size_t read_arm_name(TomlReader& reader, const char* key, const ExperimentLayer& layer,
                     size_t otherwise) {
  if (!reader.has(key)) return otherwise;
  std::string name;
  reader.text(key, name);
  const std::vector<std::string> names = known_names(layer.arms);
  const auto found = std::ranges::find(names, name);
  if (found == names.end()) reader.fail(key, "'" + name + "'", one_of(names, name));
  return static_cast<size_t>(found - names.begin());
}

// What an arm serves: the keys `cascade` and `set`.
void read_served(TomlReader& reader, const std::string& path, ExperimentArm& arm) {
  if (reader.has("cascade")) {
    std::string cascade;
    reader.text("cascade", cascade);
    arm.cascade = (std::filesystem::path(path).parent_path() / cascade).lexically_normal().string();
    arm.cascade_place = reader.place("cascade");
  }
  if (reader.has("set")) arm.overrides = reader.table("set").entries();
  std::vector<std::string> keys;
  for (const TomlEntry& entry : arm.overrides) keys.push_back(entry.key);
  std::ranges::sort(keys);
  const auto twice = std::ranges::adjacent_find(keys);  // 'a.b' and a = { b }
  if (twice != keys.end()) reader.fail("set", "'" + *twice + "' twice", "each key once");
}

void read_arm(TomlReader& reader, const std::string& path, const std::string& rest,
              ExperimentLayer& layer) {
  ExperimentArm arm;
  read_name(reader, arm.name);
  const std::vector<std::string> names = known_names(layer.arms);
  if (std::ranges::find(names, arm.name) != names.end()) {
    reader.fail("name", "'" + arm.name + "'", "a name that no other arm of the layer has");
  }
  if (!reader.has("share") && arm.name != rest) {
    reader.fail("share", "nothing",
                rest.empty() ? "a share, or the layer's rest = '" + arm.name + "'"
                             : "a share: the layer's rest goes to '" + rest + "'");
  }
  reader.number("share", arm.share, kLeastShare, 1);
  read_served(reader, path, arm);
  reader.finish();
  layer.arms.push_back(std::move(arm));
}

void share_rest(TomlReader& reader, ExperimentLayer& layer) {
  double sum = 0;
  for (const ExperimentArm& arm : layer.arms) sum += arm.share;
  if (sum > 1 + kRounding) {
    reader.fail("arm", "shares of together " + short_number(sum), "at most 1");
  }
  if (!reader.has("rest")) return;
  ExperimentArm& arm = layer.arms[read_arm_name(reader, "rest", layer, 0)];
  arm.share += std::max(0.0, 1 - sum);
  if (arm.share < kLeastShare) {
    reader.fail("rest", "nothing left for '" + arm.name + "'", "shares of less than 1 together");
  }
}

// The arm called control, else the first.
size_t usual_control(const ExperimentLayer& layer) {
  const std::vector<std::string> names = known_names(layer.arms);
  const auto found = std::ranges::find(names, "control");
  return found == names.end() ? 0 : static_cast<size_t>(found - names.begin());
}

void read_layer(TomlReader& reader, ExperimentConfig& config) {
  ExperimentLayer layer;
  read_name(reader, layer.name);
  layer.place = reader.place("name");
  layer.salt = layer.name;
  reader.text("salt", layer.salt);
  for (const ExperimentLayer& other : config.layers) {
    if (other.name == layer.name) {
      reader.fail("name", "'" + layer.name + "'", "a name that no other layer has");
    }
    if (other.salt == layer.salt) {
      reader.fail(
          "salt", "'" + layer.salt + "', which layer '" + other.name + "' has",
          "a salt of its own: two layers of one salt give each user the same place in both");
    }
  }
  std::string rest;
  reader.text("rest", rest);
  for (TomlReader& arm : reader.tables("arm")) read_arm(arm, config.file, rest, layer);
  if (layer.arms.empty()) {
    reader.fail("name", "layer '" + layer.name + "' without arms", "at least one [[layer.arm]]");
  }
  share_rest(reader, layer);
  layer.control = read_arm_name(reader, "control", layer, usual_control(layer));
  reader.finish();
  config.layers.push_back(std::move(layer));
}

TakeDownRule read_take_down(TomlReader reader) {
  TakeDownRule rule;
  reader.text("metric", rule.metric);
  const std::vector<std::string> metrics = {"sifr", "ctr"};
  if (std::ranges::find(metrics, rule.metric) == metrics.end()) {
    reader.fail("metric", "'" + rule.metric + "'", one_of(metrics, rule.metric));
  }
  reader.number("margin", rule.margin, 0, 1);
  reader.number("degraded", rule.degraded, 0, 1);
  reader.finish();
  return rule;
}

ExperimentConfig read_config(TomlReader root, const std::string& path) {
  ExperimentConfig config;
  config.file = path;
  read_name(root, config.name);
  config.salt = config.name;
  root.text("salt", config.salt);
  root.number("holdout", config.holdout, 0, 0.99);
  if (config.holdout > 0 && config.holdout < kLeastShare) {
    root.fail("holdout", short_number(config.holdout),
              "0, or at least " + short_number(kLeastShare));
  }
  for (TomlReader& reader : root.tables("layer")) read_layer(reader, config);
  if (root.has("take_down")) config.take_down = read_take_down(root.table("take_down"));
  if (config.layers.empty()) {
    throw Error(path + ": found no layer, expected at least one [[layer]]");
  }
  root.finish();
  return config;
}

}  // namespace

double ExperimentLayer::rest() const {
  double sum = 0;
  for (const ExperimentArm& arm : arms) sum += arm.share;
  return sum > 1 - kRounding ? 0 : 1 - sum;
}

ExperimentConfig ExperimentConfig::from_toml(const std::string& path) {
  return read_config(TomlReader::open(path), path);
}

ExperimentConfig ExperimentConfig::parse(std::string_view text, const std::string& path) {
  return read_config(TomlReader::parse(text, path), path);
}

}  // namespace kaskad
