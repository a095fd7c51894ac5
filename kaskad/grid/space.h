// Which variants a grid tries: products of lists of knobs, the default ones or those of a TOML
// file, and the single-knob neighbours of a variant.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kaskad/cooc/variant.h"

namespace kaskad {

// Every weighting with every normalisation, content share and history.
struct GridProduct {
  std::vector<PairWeighting> weightings;
  std::vector<Normalisation> normalisations;
  std::vector<HistoryWeighting> histories;
  std::vector<double> content = {0};
  std::vector<EaseOptions> ease;  // with the same histories
  bool content_alone = false;     // likewise: content similarity as the matrix

  std::vector<Variant> variants() const;
};

// What decides which knobs make sense.
struct LogFacts {
  bool has_clock = false;
  bool has_content = false;
  size_t num_items = 0;
  double days = 0;  // of the log, with a clock
};

using GridSpace = std::vector<GridProduct>;

// At least 500 variants: all knobs around the forms that win on known logs.
GridSpace default_space(const LogFacts& facts);

// Throws Error naming file, line, key, what was found and what is allowed.
GridSpace read_space(const std::string& toml_path);

// Without repeats, in order.
std::vector<Variant> variants_of(const GridSpace& space);

// A knob of a variant as reports show it.
struct KnobValue {
  std::string knob;   // "window"
  std::string value;  // "20"
};
std::vector<KnobValue> knobs_of(const Variant& variant);

// The variant with one knob changed, for every knob and every value worth trying.
struct Neighbour {
  KnobValue changed;
  Variant variant;
};
std::vector<Neighbour> neighbours_of(const Variant& variant, const LogFacts& facts);

// A random variant of the whole space, from an explicit generator state (splitmix64).
Variant random_variant(const LogFacts& facts, uint64_t& state);

}  // namespace kaskad
