// What the matrices learned about the log, said to whoever trains the neural model next: each
// piece of advice stands on the best variant with a property against its like without it, paired
// by case. Advice, effects and recipe have a file each.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "kaskad/eval/bootstrap.h"
#include "kaskad/grid/space.h"
#include "kaskad/grid/variant_scorer.h"

namespace kaskad {

struct Advice {
  std::string topic;     // "popularity correction"
  std::string verdict;   // "helps", "hurts", "no difference found", "unknown"
  std::string advice;    // what to do
  std::string evidence;  // the figures
  Interval difference;   // ndcg@10 with the property minus without, paired
};

// `leaders` sorted best first, all on the same cases.
std::vector<Advice> make_advice(const std::vector<VariantScore>& leaders, const LogFacts& facts,
                                const BootstrapOptions& bootstrap);

// Newest events that carry 95% of the weight that a long history gives, and the longest history
// that a neural model is then worth training on.
size_t useful_events(const HistoryWeighting& weighting);
size_t training_history(size_t useful);

// A starting recipe for `kaskad train`, as TOML with the reasons as comments.
std::string starting_recipe(const std::vector<Advice>& advice, const VariantScore& winner,
                            const LogFacts& facts);

// How each value of each knob did over the grid, and how `centre` moves when that knob alone is
// turned; the knobs that move it most come first.
struct KnobEffect {
  std::string value;
  double best = 0, median = 0;  // ndcg@10 over the variants that have the value
  size_t variants = 0;
  std::optional<Interval> paired;  // against the centre, where that step was tried
  bool at_centre = false;          // the centre's own value
};
struct KnobEffects {
  std::string knob;
  std::vector<KnobEffect> values;

  double best() const;    // over the values
  double spread() const;  // best value minus worst
  // How much a step away from the centre loses or wins at most.
  double reach() const;
};
std::vector<KnobEffects> marginal_effects(const std::vector<VariantScore>& leaders,
                                          const Variant& centre, const LogFacts& facts,
                                          const BootstrapOptions& bootstrap);
nlohmann::json to_json(const std::vector<KnobEffects>& effects);

}  // namespace kaskad
