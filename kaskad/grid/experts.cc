#include "kaskad/grid/experts.h"

#include <algorithm>
#include <functional>

namespace kaskad {
namespace {

// Rows longer than this only store what a blend would never look at.
constexpr uint32_t kExpertColumns = 500;

using Family = std::function<bool(const Variant&)>;

std::vector<Family> families() {
  return {
      [](const Variant&) { return true; },
      [](const Variant& v) {
        return v.is_counted() && v.matrix.weighting.reverse < 0.5 &&
               v.matrix.weighting.gap == GapDecay::kNone;
      },
      [](const Variant& v) {
        return v.is_counted() && v.matrix.weighting.reverse == 0 && v.matrix.weighting.window == 1;
      },
      [](const Variant& v) {
        return v.is_counted() && v.matrix.weighting.reverse == 1 && v.matrix.weighting.window > 0;
      },
      [](const Variant& v) { return v.is_counted() && v.matrix.weighting.is_bag(); },
      [](const Variant& v) {
        return v.is_counted() && v.matrix.weighting.is_bag() &&
               v.history.position == PositionDecay::kUniform;
      },
      [](const Variant& v) { return v.is_counted() && v.matrix.weighting.age_tau > 0; },
      [](const Variant& v) { return v.is_counted() && v.matrix.weighting.gap_tau > 0; },
      [](const Variant& v) { return v.is_counted() && v.matrix.content > 0; },
      [](const Variant& v) { return v.matrix.kind == MatrixKind::kEase; },
      [](const Variant& v) {
        return v.matrix.kind == MatrixKind::kEase && v.history.position == PositionDecay::kUniform;
      },
      [](const Variant& v) { return v.matrix.kind == MatrixKind::kContent; },
  };
}

// Event `lag` before the next one meets counts around that gap; the farther, the blurrier.
Variant lag_expert(uint32_t lag) {
  Variant variant;
  PairWeighting& w = variant.matrix.weighting;
  w.window = 30;
  w.gap = GapDecay::kAround;
  w.gap_centre = lag;
  w.gap_scale = 1 + 0.5 * (lag - 1);
  variant.matrix.normalisation.target_power = 0.25;
  variant.history.position = PositionDecay::kUniform;
  variant.history.skip = lag - 1;
  variant.history.last = lag;
  return variant;
}

// What lies ten and more events apart: the wider taste behind the page order.
Variant far_expert() {
  Variant variant;
  PairWeighting& w = variant.matrix.weighting;
  w.window = 50;
  w.gap = GapDecay::kAround;
  w.gap_centre = 25;
  w.gap_scale = 10;
  variant.matrix.normalisation.target_power = 0.25;
  return variant;
}

// What came before, asked backwards: its weight is negative where order matters.
Variant reverse_expert() {
  Variant variant;
  variant.matrix.weighting.reverse = 1;
  variant.matrix.weighting.window = 10;
  variant.matrix.weighting.gap = GapDecay::kInverse;
  variant.matrix.normalisation.target_power = 0.25;
  return variant;
}

}  // namespace

Blend make_experts(const std::vector<VariantScore>& leaders, const LogFacts& facts) {
  Blend blend;
  const auto add = [&](Variant variant) {
    Normalisation& norm = variant.matrix.normalisation;
    if (facts.num_items > 2 * kExpertColumns && variant.matrix.kind == MatrixKind::kCooccurrence) {
      norm.top_k = norm.top_k > 0 ? std::min(norm.top_k, kExpertColumns) : kExpertColumns;
    }
    if (facts.num_items > 2 * kExpertColumns && variant.matrix.kind == MatrixKind::kEase) {
      variant.matrix.ease.top_k = kExpertColumns;
    }
    const bool known = std::any_of(blend.parts.begin(), blend.parts.end(),
                                   [&](const auto& part) { return part.variant == variant; });
    if (!known) blend.parts.push_back({variant, 1.0});
  };
  for (const Family& member : families()) {
    const auto best = std::find_if(leaders.begin(), leaders.end(), [&](const VariantScore& score) {
      return member(score.variant);
    });
    if (best != leaders.end()) add(best->variant);
  }
  for (const uint32_t lag : {1u, 2u, 3u, 4u, 6u, 9u}) add(lag_expert(lag));
  add(far_expert());
  add(reverse_expert());
  Variant popularity;
  popularity.matrix.kind = MatrixKind::kPopularity;
  add(popularity);
  if (facts.has_clock) {
    for (const double share : {0.01, 0.1}) {
      popularity.matrix.popularity_tau = share * facts.days;
      add(popularity);
    }
  }
  return blend;
}

}  // namespace kaskad
