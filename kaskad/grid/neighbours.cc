#include "kaskad/grid/neighbours.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "kaskad/cooc/knobs.h"

namespace kaskad {
namespace {

// Gathers the variants that differ from one in a single knob.
class Changes {
 public:
  explicit Changes(const Variant& variant) : variant_(variant), own_(knobs_of(variant)) {}

  // set(variant, value) turns a knob to each of the values.
  template <typename Value, typename Set>
  void add(std::initializer_list<Value> values, Set set) {
    for (const Value& value : values) {
      Variant changed = variant_;
      set(changed, value);
      if (!(changed == variant_)) keep(changed);
    }
  }

  std::vector<Neighbour> take() { return std::move(found_); }

 private:
  // A change that does not show, such as the decay of a form that has none, is none.
  void keep(const Variant& changed) {
    for (const KnobValue& knob : knobs_of(changed)) {
      const bool same = std::any_of(own_.begin(), own_.end(), [&](const KnobValue& own) {
        return own.knob == knob.knob && own.value == knob.value;
      });
      if (same) continue;
      found_.push_back({knob, changed});
      return;
    }
  }

  const Variant& variant_;
  const std::vector<KnobValue> own_;
  std::vector<Neighbour> found_;
};

void change_history(const Variant& variant, const LogFacts& facts, Changes& changes) {
  const auto positions = [&](PositionDecay form, std::initializer_list<double> decays) {
    changes.add(decays, [form](Variant& v, double decay) {
      v.history.position = form;
      v.history.decay = decay;
    });
  };
  positions(PositionDecay::kUniform, {1});
  positions(PositionDecay::kPower, {0.5, 0.8, 1, 1.25, 1.5, 2});
  positions(PositionDecay::kGeometric, {0.9, 0.8, 0.6, 0.4});
  changes.add({1u}, [](Variant& v, uint32_t last) { v.history.last = last; });
  if (variant.matrix.kind != MatrixKind::kEase) {  // negative weights can only be summed
    changes.add({Combine::kSum, Combine::kProduct, Combine::kMax},
                [](Variant& v, Combine way) { v.history.combine = way; });
  }
  if (!facts.has_clock) return;
  changes.add({0.0, 0.003, 0.01, 0.05, 0.2},
              [&](Variant& v, double share) { v.history.age_tau = share * facts.days; });
}

void change_pairs(const LogFacts& facts, Changes& changes) {
  changes.add({0.0, 0.1, 0.3, 0.6, 1.0},
              [](Variant& v, double reverse) { v.matrix.weighting.reverse = reverse; });
  changes.add({1u, 5u, 10u, 20u, 50u, 0u},
              [](Variant& v, uint32_t window) { v.matrix.weighting.window = window; });
  changes.add({GapDecay::kNone, GapDecay::kInverse, GapDecay::kInverseRoot, GapDecay::kExponential},
              [](Variant& v, GapDecay gap) { v.matrix.weighting.gap = gap; });
  changes.add({UserWeight::kOne, UserWeight::kInverse, UserWeight::kInverseLog, UserWeight::kIdf},
              [](Variant& v, UserWeight user) { v.matrix.weighting.user = user; });
  if (facts.has_weights) {
    changes.add({false, true}, [](Variant& v, bool own) { v.matrix.weighting.event_weight = own; });
  }
  if (!facts.has_clock) return;
  const auto shares = {0.0, 0.03, 0.1, 0.3, 1.0};
  changes.add(shares,
              [&](Variant& v, double share) { v.matrix.weighting.age_tau = share * facts.days; });
  changes.add(shares, [&](Variant& v, double share) {
    v.matrix.weighting.gap_tau = share * facts.days / 10;
  });
  changes.add({0.0, 0.04, 1.0, 30.0},
              [](Variant& v, double days) { v.matrix.weighting.time_window = days; });
}

void change_normalisation(Changes& changes) {
  using enum NormKind;
  changes.add({kRaw, kRow, kCosine, kJaccard, kDice, kLift, kPmi, kTfIdf, kBm25},
              [](Variant& v, NormKind kind) {
                v.matrix.normalisation.kind = kind;
                v.matrix.normalisation.source_power = 1;
              });
  changes.add({0.25, 0.5, 0.75, 1.0},
              [](Variant& v, double power) { v.matrix.normalisation.source_power = power; });
  changes.add({0.0, 0.15, 0.25, 0.35, 0.5, 0.7},
              [](Variant& v, double power) { v.matrix.normalisation.target_power = power; });
  changes.add({0.0, 1.0, 5.0, 20.0},
              [](Variant& v, double shrinkage) { v.matrix.normalisation.shrinkage = shrinkage; });
  changes.add({0u, 50u, 100u, 300u, 1000u},
              [](Variant& v, uint32_t top_k) { v.matrix.normalisation.top_k = top_k; });
}

uint64_t next_random(uint64_t& state) {
  uint64_t z = state += 0x9e3779b97f4a7c15ull;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
  return z ^ (z >> 31);
}

}  // namespace

std::vector<KnobValue> knobs_of(const Variant& variant) {
  const auto number = [](double value) { return short_number(value); };
  const auto days = [](double value) {
    return value > 0 ? KnobReader::days(value) + " days" : "none";
  };
  std::vector<KnobValue> knobs;
  const MatrixSpec& matrix = variant.matrix;
  knobs.push_back({"matrix", std::string(name_of(matrix.kind))});
  if (matrix.kind == MatrixKind::kCooccurrence) {
    const PairWeighting& w = matrix.weighting;
    knobs.push_back({"direction", w.reverse == 0   ? "next"
                                  : w.reverse == 1 ? "both"
                                                   : "next + " + number(w.reverse) + " reverse"});
    knobs.push_back({"window", w.window > 0 ? std::to_string(w.window) : "all"});
    const bool scaled = w.gap == GapDecay::kExponential;
    knobs.push_back(
        {"gap decay", std::string(name_of(w.gap)) + (scaled ? " " + number(w.gap_scale) : "")});
    knobs.push_back({"time window", days(w.time_window)});
    knobs.push_back({"time-gap decay", days(w.gap_tau)});
    knobs.push_back({"trend", days(w.age_tau)});
    knobs.push_back({"user weight", std::string(name_of(w.user))});
    knobs.push_back({"event weight", w.event_weight ? "its own" : "one"});
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
  knobs.push_back({"combine", std::string(name_of(variant.history.combine))});
  return knobs;
}

std::vector<Neighbour> neighbours_of(const Variant& variant, const LogFacts& facts) {
  Changes changes(variant);
  change_history(variant, facts, changes);
  if (variant.matrix.kind == MatrixKind::kEase) {
    changes.add({30.0, 100.0, 300.0, 600.0, 1000.0, 3000.0},
                [](Variant& v, double lambda) { v.matrix.ease.lambda = lambda; });
  }
  if (variant.matrix.kind != MatrixKind::kCooccurrence) return changes.take();
  change_pairs(facts, changes);
  change_normalisation(changes);
  if (facts.has_content) {
    changes.add({0.0, 0.02, 0.05, 0.1, 0.2, 0.4},
                [](Variant& v, double share) { v.matrix.content = share; });
  }
  return changes.take();
}

// A walk of many random single-knob steps from a common start reaches every combination.
Variant random_variant(const LogFacts& facts, uint64_t& state) {
  Variant variant;
  variant.matrix.weighting = {.window = 20, .gap = GapDecay::kInverse};
  constexpr int kSteps = 24;
  for (int step = 0; step < kSteps; ++step) {
    const std::vector<Neighbour> neighbours = neighbours_of(variant, facts);
    variant = neighbours[next_random(state) % neighbours.size()].variant;
  }
  return variant;
}

}  // namespace kaskad
