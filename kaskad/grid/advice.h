// What the matrices learned about the log, said to whoever trains the neural model next: each
// piece of advice stands on the best variant with a property against the best without it, paired
// by case.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "kaskad/eval/bootstrap.h"
#include "kaskad/grid/space.h"
#include "kaskad/grid/variant_scorer.h"

namespace kaskad {

struct Advice {
  std::string topic;     // "popularity correction"
  std::string verdict;   // "helps", "hurts", "no difference", "unknown"
  std::string advice;    // what to do
  std::string evidence;  // the figures
  Interval difference;   // ndcg@10 with the property minus without, paired
};

// `leaders` sorted best first, all on the same cases.
std::vector<Advice> make_advice(const std::vector<VariantScore>& leaders, const LogFacts& facts,
                                const BootstrapOptions& bootstrap);

// A starting recipe for `kaskad train`, as TOML with the reasons as comments.
std::string starting_recipe(const std::vector<Advice>& advice, const VariantScore& winner,
                            const LogFacts& facts);

// How the best variant moves when one knob is turned, and how each value did over the grid.
nlohmann::json marginal_effects(const std::vector<VariantScore>& leaders, const LogFacts& facts,
                                const BootstrapOptions& bootstrap);

}  // namespace kaskad
