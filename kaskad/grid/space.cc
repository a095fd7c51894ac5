#include "kaskad/grid/space.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "kaskad/cooc/knobs.h"

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

uint64_t next_random(uint64_t& state) {
  uint64_t z = state += 0x9e3779b97f4a7c15ull;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
  return z ^ (z >> 31);
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
    for (Variant& variant : product.variants()) {
      if (known.insert(nlohmann::json(variant).dump()).second) result.push_back(std::move(variant));
    }
  }
  return result;
}

std::vector<KnobValue> knobs_of(const Variant& variant) {
  const auto json_text = [](const nlohmann::json& value) {
    return value.is_string() ? value.get<std::string>() : value.dump();
  };
  const auto number = [](double value) { return KnobReader::text(value); };
  const auto days = [](double value) {
    return value > 0 ? KnobReader::days(value) + " days" : "none";
  };
  std::vector<KnobValue> knobs;
  const MatrixSpec& matrix = variant.matrix;
  knobs.push_back({"matrix", json_text(nlohmann::json(matrix)["kind"])});
  if (matrix.kind == MatrixKind::kCooccurrence) {
    const PairWeighting& w = matrix.weighting;
    const nlohmann::json gap = nlohmann::json(w);
    knobs.push_back({"direction", w.reverse == 0   ? "next"
                                  : w.reverse == 1 ? "both"
                                                   : "next + " + number(w.reverse) + " reverse"});
    knobs.push_back({"window", w.window > 0 ? std::to_string(w.window) : "all"});
    const bool scaled = w.gap == GapDecay::kExponential;
    knobs.push_back(
        {"gap decay", json_text(gap["gap"]) + (scaled ? " " + number(w.gap_scale) : "")});
    knobs.push_back({"time window", days(w.time_window)});
    knobs.push_back({"time-gap decay", days(w.gap_tau)});
    knobs.push_back({"trend", days(w.age_tau)});
    knobs.push_back({"user weight", json_text(gap["user"])});
    const Normalisation& n = matrix.normalisation;
    Normalisation form = n;
    form.target_power = form.shrinkage = 0;
    form.top_k = 0;
    knobs.push_back({"normalisation", form.name()});
    knobs.push_back({"popularity power", number(n.target_power)});
    knobs.push_back({"shrinkage", number(n.shrinkage)});
    knobs.push_back({"top-K per row", n.top_k > 0 ? std::to_string(n.top_k) : "all"});
    knobs.push_back({"content", number(matrix.content)});
  }
  if (matrix.kind == MatrixKind::kEase)
    knobs.push_back({"EASE lambda", number(matrix.ease.lambda)});
  HistoryWeighting position = variant.history;
  position.age_tau = 0;
  position.combine = Combine::kSum;
  knobs.push_back({"history weight", position.name()});
  knobs.push_back({"history age decay", days(variant.history.age_tau)});
  knobs.push_back({"combine", json_text(nlohmann::json(variant.history)["combine"])});
  return knobs;
}

std::vector<Neighbour> neighbours_of(const Variant& variant, const LogFacts& facts) {
  std::vector<Neighbour> result;
  const std::vector<KnobValue> own = knobs_of(variant);
  const auto add = [&](auto&& change) {
    Variant changed = variant;
    change(changed);
    if (changed == variant) return;
    for (const KnobValue& knob : knobs_of(changed)) {
      const auto same = std::find_if(own.begin(), own.end(), [&](const KnobValue& o) {
        return o.knob == knob.knob && o.value == knob.value;
      });
      if (same == own.end()) {
        result.push_back({knob, changed});
        return;
      }
    }
  };
  for (const HistoryWeighting& h :
       {history(PositionDecay::kUniform, 1), history(PositionDecay::kPower, 0.5),
        history(PositionDecay::kPower, 0.8), history(PositionDecay::kPower, 1),
        history(PositionDecay::kPower, 1.25), history(PositionDecay::kPower, 1.5),
        history(PositionDecay::kPower, 2), history(PositionDecay::kGeometric, 0.9),
        history(PositionDecay::kGeometric, 0.8), history(PositionDecay::kGeometric, 0.6),
        history(PositionDecay::kGeometric, 0.4)}) {
    add([&](Variant& v) {
      v.history.position = h.position;
      v.history.decay = h.decay;
    });
  }
  add([](Variant& v) { v.history.last = 1; });
  for (const Combine way : {Combine::kSum, Combine::kProduct, Combine::kMax}) {
    if (variant.matrix.kind == MatrixKind::kEase) break;  // negative weights can only be summed
    add([&](Variant& v) { v.history.combine = way; });
  }
  if (facts.has_clock) {
    for (const double share : {0.0, 0.003, 0.01, 0.05, 0.2}) {
      add([&](Variant& v) { v.history.age_tau = share * facts.days; });
    }
  }
  if (variant.matrix.kind == MatrixKind::kEase) {
    for (const double lambda : {30.0, 100.0, 300.0, 600.0, 1000.0, 3000.0}) {
      add([&](Variant& v) { v.matrix.ease.lambda = lambda; });
    }
    return result;
  }
  if (variant.matrix.kind != MatrixKind::kCooccurrence) return result;
  for (const double reverse : {0.0, 0.1, 0.3, 0.6, 1.0}) {
    add([&](Variant& v) { v.matrix.weighting.reverse = reverse; });
  }
  for (const uint32_t window : {1u, 5u, 10u, 20u, 50u, 0u}) {
    add([&](Variant& v) { v.matrix.weighting.window = window; });
  }
  for (const GapDecay gap :
       {GapDecay::kNone, GapDecay::kInverse, GapDecay::kInverseRoot, GapDecay::kExponential}) {
    add([&](Variant& v) { v.matrix.weighting.gap = gap; });
  }
  for (const UserWeight user :
       {UserWeight::kOne, UserWeight::kInverse, UserWeight::kInverseLog, UserWeight::kIdf}) {
    add([&](Variant& v) { v.matrix.weighting.user = user; });
  }
  if (facts.has_clock) {
    for (const double share : {0.0, 0.03, 0.1, 0.3, 1.0}) {
      add([&](Variant& v) { v.matrix.weighting.age_tau = share * facts.days; });
      add([&](Variant& v) { v.matrix.weighting.gap_tau = share * facts.days / 10; });
    }
    for (const double window : {0.0, 0.04, 1.0, 30.0}) {
      add([&](Variant& v) { v.matrix.weighting.time_window = window; });
    }
  }
  using enum NormKind;
  for (const NormKind kind : {kRaw, kRow, kCosine, kJaccard, kDice, kLift, kPmi, kTfIdf, kBm25}) {
    add([&](Variant& v) {
      v.matrix.normalisation.kind = kind;
      v.matrix.normalisation.source_power = 1;
    });
  }
  for (const double power : {0.25, 0.5, 0.75, 1.0}) {
    add([&](Variant& v) { v.matrix.normalisation.source_power = power; });
  }
  for (const double power : {0.0, 0.15, 0.25, 0.35, 0.5, 0.7}) {
    add([&](Variant& v) { v.matrix.normalisation.target_power = power; });
  }
  for (const double shrinkage : {0.0, 1.0, 5.0, 20.0}) {
    add([&](Variant& v) { v.matrix.normalisation.shrinkage = shrinkage; });
  }
  for (const uint32_t top_k : {0u, 50u, 100u, 300u, 1000u}) {
    add([&](Variant& v) { v.matrix.normalisation.top_k = top_k; });
  }
  if (facts.has_content) {
    for (const double share : {0.0, 0.02, 0.05, 0.1, 0.2, 0.4}) {
      add([&](Variant& v) { v.matrix.content = share; });
    }
  }
  return result;
}

// A walk of many random single-knob steps from a common start reaches every combination.
Variant random_variant(const LogFacts& facts, uint64_t& state) {
  Variant variant;
  variant.matrix.weighting = pairs(0, 20, GapDecay::kInverse);
  constexpr int kSteps = 24;
  for (int step = 0; step < kSteps; ++step) {
    const std::vector<Neighbour> neighbours = neighbours_of(variant, facts);
    variant = neighbours[next_random(state) % neighbours.size()].variant;
  }
  return variant;
}

}  // namespace kaskad
