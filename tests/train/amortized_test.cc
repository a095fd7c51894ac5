#include "kaskad/train/rank/amortized.h"

#include <gtest/gtest.h>

#include "kaskad/ranking/neural_ranker.h"
#include "tests/model/colour_log.h"

namespace kaskad::train {
namespace {

struct Form {
  CandidateMask mask;
  bool causal, gaps;
};

Recipe amortized_recipe(const Form& form) {
  Recipe recipe = Recipe::defaults(ModelKind::kAmortized);
  recipe.candidate_mask = form.mask;
  recipe.causal = form.causal;
  recipe.dimension = 8;
  recipe.max_history = 6;
  recipe.init_std = 0.3;  // so that every part is seen in the output
  return recipe;
}

// The split into two streams against what it is short for: one stream under a dense mask.
TEST(Amortized, TheSplitEqualsOneDenseMask) {
  for (const Form& form :
       {Form{CandidateMask::kHistory, false, true}, Form{CandidateMask::kHistory, true, false},
        Form{CandidateMask::kHistorySelf, false, false},
        Form{CandidateMask::kHistorySelf, true, true}, Form{CandidateMask::kList, false, true},
        Form{CandidateMask::kList, true, false}}) {
    const auto items = static_cast<int64_t>(kColourItems);
    Amortized model(amortized_recipe(form), {.num_items = items, .gaps = form.gaps});
    model.eval();
    const std::vector<uint8_t> learned(kColourItems, 1);
    const NeuralRankerConfig config{.architecture = "amortized",
                                    .inputs = {.max_history = 6, .gaps = form.gaps}};
    const RankGraphs graphs = model.graphs();
    const NeuralRanker split(
        config, {.history = graphs.history, .candidates = graphs.candidates, .learned = learned},
        {{"next", 1}});
    const NeuralRanker dense(
        config, {.history = "", .candidates = model.reference_graph(), .learned = learned},
        {{"next", 1}});
    for (const OwnedRequest& request : random_requests(30)) {
      const auto expected = scores_of(dense, {request}), found = scores_of(split, {request});
      for (size_t c = 0; c < expected.size(); ++c) EXPECT_NEAR(found[c], expected[c], 1e-5);
    }
  }
}

}  // namespace
}  // namespace kaskad::train
