// From the scores of a ranker to probabilities: one rising curve a head, beside the scores and
// never in their place (an isotonic curve has plateaus, which would tie candidates). Fitted by
// ranking/calibration_fit.h, carried by a ranker bundle.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <variant>
#include <vector>

namespace kaskad {

// 1 / (1 + exp(-(slope * score + offset))).
struct PlattCurve {
  double slope = 1, offset = 0;
};

// Straight lines between (scores[i], probabilities[i]), both rising; level beyond the ends.
struct IsotonicCurve {
  std::vector<double> scores, probabilities;
};

using ProbabilityCurve = std::variant<PlattCurve, IsotonicCurve>;

float probability(const ProbabilityCurve& curve, float score);

struct Calibration {
  std::string impressions_hash;         // of the lists that it was fitted on
  std::vector<ProbabilityCurve> heads;  // (heads of the ranker)

  // That a candidate of such a list gets the label of this head; `score` is the head's own.
  float probability(size_t head, float score) const {
    return kaskad::probability(heads[head], score);
  }
  std::string method() const;  // "isotonic", "platt"
};

void to_json(nlohmann::json& json, const Calibration& calibration);
// Throws Error where curves are not rising or their lengths differ.
void from_json(const nlohmann::json& json, Calibration& calibration);

}  // namespace kaskad
