#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "kaskad/eval/verdict_text.h"
#include "kaskad/grid/advice.h"
#include "kaskad/grid/neighbours.h"

namespace kaskad {
namespace {

// One value of a knob while the variants are gone through.
struct Tally {
  std::string value;
  std::vector<double> ndcg;
  const VariantScore* step = nullptr;  // the centre with this knob turned
};

// Knobs and values in order of first appearance.
class Tallies {
 public:
  Tally& of(const KnobValue& knob) {
    auto found = std::find_if(knobs_.begin(), knobs_.end(),
                              [&](const auto& entry) { return entry.first == knob.knob; });
    if (found == knobs_.end()) found = knobs_.insert(knobs_.end(), {knob.knob, {}});
    for (Tally& tally : found->second) {
      if (tally.value == knob.value) return tally;
    }
    found->second.push_back({knob.value, {}, nullptr});
    return found->second.back();
  }
  std::vector<std::pair<std::string, std::vector<Tally>>>& knobs() { return knobs_; }

 private:
  std::vector<std::pair<std::string, std::vector<Tally>>> knobs_;
};

const VariantScore* score_of(const std::vector<VariantScore>& leaders, const Variant& variant) {
  const auto found = std::find_if(leaders.begin(), leaders.end(), [&](const VariantScore& score) {
    return score.variant == variant;
  });
  return found == leaders.end() ? nullptr : &*found;
}

KnobEffect effect_of(Tally& tally, const VariantScore* centre, const BootstrapOptions& bootstrap) {
  std::sort(tally.ndcg.begin(), tally.ndcg.end());
  KnobEffect effect;
  effect.value = tally.value;
  effect.best = tally.ndcg.back();
  effect.median = tally.ndcg[tally.ndcg.size() / 2];
  effect.variants = tally.ndcg.size();
  effect.at_centre = centre && tally.step == centre;
  if (centre && tally.step) {
    const std::vector<double> x(tally.step->case_ndcg.begin(), tally.step->case_ndcg.end());
    const std::vector<double> y(centre->case_ndcg.begin(), centre->case_ndcg.end());
    effect.paired = paired_difference(x, y, bootstrap).difference;
  }
  return effect;
}

}  // namespace

double KnobEffects::best() const {
  double best = values.front().best;
  for (const KnobEffect& value : values) best = std::max(best, value.best);
  return best;
}

double KnobEffects::spread() const {
  double worst = values.front().best;
  for (const KnobEffect& value : values) worst = std::min(worst, value.best);
  return best() - worst;
}

double KnobEffects::reach() const {
  double reach = 0;
  for (const KnobEffect& value : values) {
    if (value.paired) reach = std::max(reach, std::fabs(value.paired->value));
  }
  return reach;
}

std::vector<KnobEffects> marginal_effects(const std::vector<VariantScore>& leaders,
                                          const Variant& centre, const LogFacts& facts,
                                          const BootstrapOptions& bootstrap) {
  Tallies tallies;
  for (const VariantScore& score : leaders) {
    for (const KnobValue& knob : knobs_of(score.variant)) {
      tallies.of(knob).ndcg.push_back(score.ndcg);
    }
  }
  const VariantScore* middle = score_of(leaders, centre);
  if (middle) {
    for (const KnobValue& knob : knobs_of(centre)) tallies.of(knob).step = middle;
    for (const Neighbour& neighbour : neighbours_of(centre, facts)) {
      const VariantScore* step = score_of(leaders, neighbour.variant);
      if (step) tallies.of(neighbour.changed).step = step;
    }
  }
  std::vector<KnobEffects> result;
  for (auto& [knob, values] : tallies.knobs()) {
    if (values.size() < 2) continue;
    KnobEffects effects{knob, {}};
    for (Tally& tally : values) effects.values.push_back(effect_of(tally, middle, bootstrap));
    result.push_back(std::move(effects));
  }
  // Most first by what the knob alone moves: the best over a grid mixes knobs that were tried
  // together. Where no step was tried, that is all there is.
  std::stable_sort(result.begin(), result.end(), [](const KnobEffects& a, const KnobEffects& b) {
    return a.reach() != b.reach() ? a.reach() > b.reach() : a.spread() > b.spread();
  });
  return result;
}

nlohmann::json to_json(const std::vector<KnobEffects>& effects) {
  nlohmann::json result = nlohmann::json::array();
  for (const KnobEffects& knob : effects) {
    const KnobEffect *best = &knob.values.front(), *worst = best;
    nlohmann::json rows = nlohmann::json::array();
    for (const KnobEffect& value : knob.values) {
      if (value.best > best->best) best = &value;
      if (value.best < worst->best) worst = &value;
      nlohmann::json row = {{"value", value.value},
                            {"best", value.best},
                            {"median", value.median},
                            {"variants", value.variants}};
      if (value.paired) {
        row["paired_effect"] = {{"value", value.paired->value},
                                {"low", value.paired->low},
                                {"high", value.paired->high}};
      }
      rows.push_back(std::move(row));
    }
    result.push_back(
        {{"knob", knob.knob},
         {"sentence", "best with " + best->value + " (" + verdict_figure(best->best) +
                          "), at most " + verdict_figure(worst->best) + " with " + worst->value},
         {"spread", knob.spread()},
         {"values", std::move(rows)}});
  }
  return result;
}

}  // namespace kaskad
