// The knobs of a variant by name, and the variants one knob away from it: for refinement, for the
// marginal effects of a report, and for random search.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kaskad/grid/space.h"

namespace kaskad {

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
