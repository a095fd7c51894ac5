#include "kaskad/model/calibration.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "kaskad/core/error.h"

namespace kaskad {
namespace {

using nlohmann::json;

struct At {
  double score;

  double operator()(const PlattCurve& curve) const {
    return 1 / (1 + std::exp(-(curve.slope * score + curve.offset)));
  }
  double operator()(const IsotonicCurve& curve) const {
    const auto& x = curve.scores;
    const auto& y = curve.probabilities;
    const auto right = std::upper_bound(x.begin(), x.end(), score);
    if (right == x.begin()) return y.front();
    if (right == x.end()) return y.back();
    const auto i = static_cast<size_t>(right - x.begin());
    return y[i - 1] + (y[i] - y[i - 1]) * (score - x[i - 1]) / (x[i] - x[i - 1]);
  }
};

struct ToJson {
  json operator()(const PlattCurve& curve) const {
    return {{"slope", curve.slope}, {"offset", curve.offset}};
  }
  json operator()(const IsotonicCurve& curve) const {
    return {{"scores", curve.scores}, {"probabilities", curve.probabilities}};
  }
};

IsotonicCurve isotonic_of(const json& in) {
  IsotonicCurve curve;
  in.at("scores").get_to(curve.scores);
  in.at("probabilities").get_to(curve.probabilities);
  const auto& x = curve.scores;
  const auto& y = curve.probabilities;
  const bool strictly = std::adjacent_find(x.begin(), x.end(), std::greater_equal<>()) == x.end();
  if (x.empty() || x.size() != y.size() || !strictly || !std::is_sorted(y.begin(), y.end())) {
    throw Error("an isotonic curve of " + std::to_string(x.size()) + " scores and " +
                std::to_string(y.size()) +
                " probabilities is damaged: expected as many, at least one, and both rising");
  }
  return curve;
}

}  // namespace

float probability(const ProbabilityCurve& curve, float score) {
  return static_cast<float>(std::visit(At{score}, curve));
}

std::string Calibration::method() const {
  return std::holds_alternative<PlattCurve>(heads.front()) ? "platt" : "isotonic";
}

void to_json(json& out, const Calibration& calibration) {
  out = {{"method", calibration.method()},
         {"impressions_hash", calibration.impressions_hash},
         {"heads", json::array()}};
  for (const ProbabilityCurve& curve : calibration.heads) {
    out["heads"].push_back(std::visit(ToJson{}, curve));
  }
}

void from_json(const json& in, Calibration& calibration) {
  in.at("impressions_hash").get_to(calibration.impressions_hash);
  calibration.heads.clear();
  for (const json& head : in.at("heads")) {
    if (in.at("method") == "platt") {
      calibration.heads.push_back(PlattCurve{head.at("slope"), head.at("offset")});
    } else {
      calibration.heads.push_back(isotonic_of(head));
    }
  }
}

}  // namespace kaskad
