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

struct ExperimentConfig {
  std::string file;
  std::string name;
  std::string salt;    // default: the name
  double holdout = 0;  // share of the users that no layer touches
  std::vector<ExperimentLayer> layers;

  // Throws Error naming file, line, key, the value found and those allowed.
  static ExperimentConfig from_toml(const std::string& path);
  static ExperimentConfig parse(std::string_view text, const std::string& path);
};

}  // namespace kaskad
