// How far probabilities can be believed: what was predicted beside what was observed, in bins.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <vector>

#include "kaskad/core/progress.h"
#include "kaskad/dataset/impressions.h"
#include "kaskad/model/calibration.h"
#include "kaskad/model/ranker.h"

namespace kaskad {

struct ReliabilityBin {
  double predicted = 0, observed = 0;  // mean probability, share with the label
  size_t count = 0;
};

struct Reliability {
  std::vector<ReliabilityBin> bins;  // by rising probability
  size_t count = 0;
  double base_rate = 0;    // share with the label
  double ece = 0;          // expected calibration error: sum of count / n * |predicted - observed|
  double brier = 0;        // mean squared error of the probability
  double brier_plain = 0;  // the same where everybody gets the base rate
};

inline constexpr size_t kReliabilityBins = 15;

// Bins of equal mass: each takes n / bins candidates by rising probability, and all that are equal
// to its last; so there may be fewer. `labels` are 0 or 1; at least one.
Reliability measure_reliability(std::span<const float> probabilities,
                                std::span<const uint8_t> labels, size_t bins = kReliabilityBins);

// Each head of the ranker on `lists`, as JSON for people and pages: the above with "head" and
// "method".
nlohmann::json measure_calibration(const Ranker& ranker, const Calibration& calibration,
                                   const Dataset& dataset, const Impressions& lists, int threads,
                                   const Progress& progress = {});

void to_json(nlohmann::json& json, const Reliability& reliability);

}  // namespace kaskad
