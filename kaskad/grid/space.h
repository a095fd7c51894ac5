// Which variants a grid tries: products of lists of knobs, the default ones or those of a TOML
// file.
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
  bool has_weights = false;  // events weigh differently
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

}  // namespace kaskad
