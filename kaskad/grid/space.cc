#include "kaskad/grid/space.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

namespace kaskad {
namespace {

// EASE inverts a dense matrix of the head; beyond this many items the head is no catalogue.
constexpr size_t kMostEaseItems = 20'000;

PairWeighting pairs(double reverse, uint32_t window, GapDecay gap,
                    UserWeight user = UserWeight::kOne) {
  PairWeighting w;
  w.reverse = reverse;
  w.window = window;
  w.gap = gap;
  w.user = user;
  return w;
}

PairWeighting with_times(PairWeighting w, double time_window, double gap_tau, double age_tau) {
  w.time_window = time_window;
  w.gap_tau = gap_tau;
  w.age_tau = age_tau;
  return w;
}

Normalisation norm(NormKind kind, double source_power = 1, double target_power = 0,
                   double shrinkage = 0, uint32_t top_k = 0) {
  Normalisation n;
  n.kind = kind;
  n.source_power = source_power;
  n.target_power = target_power;
  n.shrinkage = shrinkage;
  n.top_k = top_k;
  return n;
}

HistoryWeighting history(PositionDecay position, double decay, Combine combine = Combine::kSum,
                         double age_tau = 0, uint32_t last = 0) {
  HistoryWeighting h;
  h.position = position;
  h.decay = decay;
  h.combine = combine;
  h.age_tau = age_tau;
  h.last = last;
  return h;
}

std::vector<HistoryWeighting> sum_histories(const LogFacts& facts) {
  std::vector<HistoryWeighting> list = {
      history(PositionDecay::kUniform, 1),     history(PositionDecay::kPower, 0.5),
      history(PositionDecay::kPower, 1),       history(PositionDecay::kPower, 1.5),
      history(PositionDecay::kGeometric, 0.8), history(PositionDecay::kGeometric, 0.5)};
  if (facts.has_clock) {
    list.push_back(history(PositionDecay::kUniform, 1, Combine::kSum, facts.days / 20));
    list.push_back(history(PositionDecay::kPower, 0.5, Combine::kSum, facts.days / 100));
  }
  return list;
}

// The forms that win on known logs, normalised every way.
GridProduct core_product(const LogFacts& facts) {
  GridProduct core;
  core.weightings = {pairs(0, 20, GapDecay::kInverse), pairs(0, 50, GapDecay::kInverse),
                     pairs(0.3, 20, GapDecay::kInverse), pairs(1, 10, GapDecay::kInverse),
                     pairs(1, 0, GapDecay::kNone)};
  using enum NormKind;
  core.normalisations = {norm(kRaw),
                         norm(kRow),
                         norm(kRow, 1, 0.25),
                         norm(kRow, 0.5, 0.25),
                         norm(kRow, 0.5, 0),
                         norm(kRow, 1, 0.5),
                         norm(kRow, 1, 0.25, 2),
                         norm(kRow, 1, 0.25, 0, 100),
                         norm(kCosine),
                         norm(kJaccard),
                         norm(kDice),
                         norm(kLift, 1, 0, 10),
                         norm(kPmi, 1, 0, 2),
                         norm(kTfIdf),
                         norm(kBm25)};
  Normalisation towards_target = norm(kCosine);
  towards_target.alpha = 0.75;
  core.normalisations.push_back(towards_target);
  core.histories = sum_histories(facts);
  return core;
}

// Every way of weighing pairs, under the few normalisations that most often win.
GridProduct weighting_product(const LogFacts& facts) {
  GridProduct wide;
  for (const uint32_t window : {1u, 5u, 10u}) {
    wide.weightings.push_back(pairs(0, window, GapDecay::kInverse));
  }
  wide.weightings.push_back(pairs(0, 0, GapDecay::kInverse));
  wide.weightings.push_back(pairs(0, 5, GapDecay::kNone));
  wide.weightings.push_back(pairs(0, 20, GapDecay::kNone));
  wide.weightings.push_back(pairs(0, 20, GapDecay::kExponential));
  wide.weightings.push_back(pairs(0, 50, GapDecay::kInverseRoot));
  wide.weightings.push_back(pairs(1, 5, GapDecay::kNone));
  wide.weightings.push_back(pairs(1, 50, GapDecay::kInverse));
  wide.weightings.push_back(pairs(0, 20, GapDecay::kInverse, UserWeight::kInverseLog));
  for (const UserWeight user : {UserWeight::kInverse, UserWeight::kInverseLog, UserWeight::kIdf}) {
    wide.weightings.push_back(pairs(1, 0, GapDecay::kNone, user));
  }
  if (facts.has_clock) {
    const PairWeighting bag = pairs(1, 0, GapDecay::kNone);
    const PairWeighting next = pairs(0, 20, GapDecay::kInverse);
    wide.weightings.push_back(with_times(bag, 0, 0, facts.days / 10));
    wide.weightings.push_back(with_times(bag, 0, 0, facts.days / 3));
    wide.weightings.push_back(with_times(bag, 0, facts.days / 30, 0));
    wide.weightings.push_back(with_times(bag, 1, 0, 0));
    wide.weightings.push_back(with_times(next, 0, 0, facts.days / 3));
    wide.weightings.push_back(with_times(next, 0, 1, 0));
  }
  if (facts.has_weights) {
    for (PairWeighting weighting :
         {pairs(0, 20, GapDecay::kInverse), pairs(1, 0, GapDecay::kNone)}) {
      weighting.event_weight = true;
      wide.weightings.push_back(weighting);
    }
  }
  using enum NormKind;
  wide.normalisations = {norm(kRow), norm(kRow, 1, 0.25), norm(kRow, 0.5, 0.25), norm(kCosine)};
  wide.histories = sum_histories(facts);
  return wide;
}

// Other ways to combine a history: on the winner's usual surroundings only, as they cost more.
GridProduct combine_product() {
  GridProduct combine;
  combine.weightings = {pairs(0, 20, GapDecay::kInverse), pairs(1, 0, GapDecay::kNone)};
  combine.normalisations = {norm(NormKind::kRow, 1, 0.25), norm(NormKind::kCosine)};
  for (const Combine way : {Combine::kProduct, Combine::kMax}) {
    combine.histories.push_back(history(PositionDecay::kUniform, 1, way, 0, 50));
    combine.histories.push_back(history(PositionDecay::kPower, 1, way, 0, 50));
    combine.histories.push_back(history(PositionDecay::kGeometric, 0.8, way));
  }
  return combine;
}

GridProduct content_product(const LogFacts& facts) {
  GridProduct content;
  content.weightings = {pairs(0, 20, GapDecay::kInverse), pairs(0.3, 20, GapDecay::kInverse),
                        pairs(1, 0, GapDecay::kNone)};
  content.normalisations = {norm(NormKind::kRow, 1, 0.25), norm(NormKind::kRow, 0.5, 0.25),
                            norm(NormKind::kRow, 0.5)};
  content.content = {0.03, 0.1, 0.3};
  content.content_alone = true;
  content.histories = sum_histories(facts);
  return content;
}

GridProduct ease_product(const LogFacts& facts) {
  GridProduct ease;
  for (const double lambda : {100.0, 300.0, 1000.0}) {
    EaseOptions options;
    options.lambda = lambda;
    ease.ease.push_back(options);
  }
  ease.histories = sum_histories(facts);
  return ease;
}

}  // namespace

std::vector<Variant> GridProduct::variants() const {
  std::vector<MatrixSpec> matrices;
  for (const PairWeighting& weighting : weightings) {
    for (const Normalisation& normalisation : normalisations) {
      for (const double share : content) {
        MatrixSpec spec;
        spec.weighting = weighting;
        spec.normalisation = normalisation;
        spec.content = share;
        matrices.push_back(spec);
      }
    }
  }
  for (const EaseOptions& options : ease) {
    MatrixSpec spec;
    spec.kind = MatrixKind::kEase;
    spec.ease = options;
    matrices.push_back(spec);
  }
  if (content_alone) matrices.emplace_back().kind = MatrixKind::kContent;
  std::vector<Variant> result;
  for (const MatrixSpec& matrix : matrices) {
    for (const HistoryWeighting& asked : histories) result.push_back({matrix, asked});
  }
  return result;
}

GridSpace default_space(const LogFacts& facts) {
  GridSpace space = {core_product(facts), weighting_product(facts), combine_product()};
  if (facts.has_content) space.push_back(content_product(facts));
  if (facts.num_items <= kMostEaseItems) space.push_back(ease_product(facts));
  return space;
}

std::vector<Variant> variants_of(const GridSpace& space) {
  std::vector<Variant> result;
  std::set<std::string> known;
  for (const GridProduct& product : space) {
    for (const Variant& variant : product.variants()) {
      if (known.insert(nlohmann::json(variant).dump()).second) result.push_back(variant);
    }
  }
  return result;
}

}  // namespace kaskad
