// What experiment.toml says, checked in itself: layers, arms, shares. What an arm serves (a cascade
// of its own, or other values in the base cascade) is carried along unread, for the server.
// docs/experiments.md describes the file.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kaskad/core/config_place.h"
#include "kaskad/core/toml_reader.h"

namespace kaskad {

struct ExperimentArm {
  std::string name;
  double share =
      0;  // of the users that are not held out, the layer's rest included where it is this
  std::optional<std::string> cascade;  // path, beside the experiment's file; none: the base cascade
  ConfigPlace cascade_place = {};
  std::vector<TomlEntry> overrides = {};  // keys of that cascade's file with their values here
};

// Every user has at most one arm of a layer; the layers know nothing of each other.
struct ExperimentLayer {
  std::string name;
  std::string salt;  // default: the name
  std::vector<ExperimentArm> arms;
  size_t control = 0;  // the arm that the others are compared with
  ConfigPlace place = {};

  // Users without an arm in this layer: 1 - the arms' shares, at least 0.
  double rest() const;
};

// When a server takes an arm down by itself. The intervals are 95% and hold at every look.
struct TakeDownRule {
  std::string metric = "sifr";  // or "ctr"
  // An arm goes whose interval of the change, (arm - control) / control, ends below -margin.
  double margin = 0;
  // An arm goes whose share of degraded answers is more than the control's by this for sure.
  double degraded = 0.05;
};

struct ExperimentConfig {
  std::string file;
  std::string name;
  std::string salt;    // default: the name
  double holdout = 0;  // share of the users that no layer touches
  std::vector<ExperimentLayer> layers;
  std::optional<TakeDownRule> take_down = {};  // none: no arm is ever taken down

  // Throws Error naming file, line, key, the value found and those allowed.
  static ExperimentConfig from_toml(const std::string& path);
  static ExperimentConfig parse(std::string_view text, const std::string& path);
};

}  // namespace kaskad
