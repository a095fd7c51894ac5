#include "kaskad/kernels/history_kernel.h"

#include "kaskad/core/error.h"
#include "tests/kernels/drawn_candidates.h"
#include "tests/kernels/simd_targets.h"

namespace kaskad {
namespace {

struct HistoryCase {
  size_t dimension, heads, layers, events;
  bool gaps, actions;
};

HistoryArrays arrays_for(const CandidateWeights& weights, const EventList& events) {
  return HistoryArrays(2 * weights.layers.size(),
                       std::vector<float>(events.tokens.size() * weights.dimension));
}

DrawnCandidates drawn_for(const HistoryCase& of) {
  DrawnCandidates drawn({.name = "",
                         .dimension = of.dimension,
                         .heads = of.heads,
                         .layers = of.layers,
                         .candidates = 1});
  drawn.draw_events(of.events, of.gaps, of.actions);
  return drawn;
}

EventList events_of(const DrawnCandidates& drawn) {
  return {drawn.event_tokens, drawn.event_gaps, drawn.event_actions};
}

TEST(HistoryKernel, EqualsItsReferenceOnEveryTarget) {
  const HistoryCase cases[] = {{64, 2, 2, 100, true, false}, {64, 2, 2, 0, true, true},
                               {64, 1, 1, 7, false, false},  {20, 4, 3, 47, false, true},
                               {39, 3, 2, 48, true, false},  {8, 2, 2, 203, true, true}};
  for (const HistoryCase& of : cases) {
    const DrawnCandidates drawn = drawn_for(of);
    const EventList events = events_of(drawn);
    HistoryArrays want = arrays_for(drawn.weights, events), got = want;
    encode_history_reference(drawn.weights, events, want);
    for_each_target([&] {
      SCOPED_TRACE(testing::Message() << of.dimension << " dimensions, " << of.events << " events");
      const HistoryKernel kernel(drawn.weights);
      kernel.encode(events, got);
      for (size_t a = 0; a < want.size(); ++a) {
        for (size_t i = 0; i < want[a].size(); ++i) {
          ASSERT_NEAR(got[a][i], want[a][i], 1e-5) << "array " << a << ", " << i;
        }
      }
    });
  }
}

TEST(HistoryKernel, AShorterHistoryAfterALongerOneLeavesNothingOfIt) {
  const DrawnCandidates drawn = drawn_for({64, 2, 2, 100, true, false});
  const HistoryKernel kernel(drawn.weights), fresh(drawn.weights);
  const EventList whole = events_of(drawn);
  HistoryArrays all = arrays_for(drawn.weights, whole);
  kernel.encode(whole, all);
  const EventList few{whole.tokens.first(50), whole.gaps.first(50), whole.actions.first(50)};
  HistoryArrays got = arrays_for(drawn.weights, few), want = got;
  kernel.encode(few, got);
  fresh.encode(few, want);
  EXPECT_EQ(got, want);
}

TEST(HistoryKernel, RefusesWeightsWithoutEventsAndSuchAsDoNotFit) {
  DrawnCandidates drawn({.name = ""});
  EXPECT_THROW(HistoryKernel{drawn.weights}, Error);
  drawn.draw_events(10, true, false);
  drawn.weights.events.gaps.pop_back();
  try {
    const HistoryKernel kernel(drawn.weights);
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(),
                 "weights of a candidates' kernel, 'events.gaps': found 319 numbers, expected 256");
  }
}

}  // namespace
}  // namespace kaskad
