#include "kaskad/ranking/neural_inputs.h"

#include <gtest/gtest.h>

#include "tests/model/colour_log.h"

namespace kaskad {
namespace {

using Numbers = std::vector<int64_t>;

// Item 5 was never learned; the begin token is 25.
NeuralRequest written(const OwnedRequest& request, const NeuralInputs& inputs) {
  std::vector<uint8_t> learned(kColourItems, 1);
  learned[5] = 0;
  NeuralRequest out;
  RequestWriter(inputs, learned).write(request.view(), out);
  return out;
}

TEST(NeuralInputs, HistoryBeginsWithItsTokenAndEndsWithTheNewest) {
  OwnedRequest request;
  for (const uint32_t item : {3u, 5u, 7u, 99u, 0u}) request.take(item);
  const NeuralRequest whole = written(request, {.max_history = 9, .gaps = true});
  EXPECT_EQ(whole.tokens, (Numbers{25, 4, 8, 1}));
  // Days 21, 23 and 25: two days are bucket 19 (172,800 s lie in (2^17, 2^18]).
  EXPECT_EQ(whole.gaps, (Numbers{0, 0, 19, 19}));
  EXPECT_EQ(whole.request_gap, 22);  // day 40, 15 days later: 1,296,000 s in (2^20, 2^21]
  const NeuralRequest newest = written(request, {.max_history = 2, .gaps = false});
  EXPECT_EQ(newest.tokens, (Numbers{25, 8, 1}));
  EXPECT_EQ(newest.gaps, (Numbers{0, 0, 0}));
  EXPECT_EQ(newest.request_gap, 0);
}

TEST(NeuralInputs, ActionsAreTokensOfTheirCodes) {
  OwnedRequest request;
  request.take(3, 1);
  request.take(5, 0);  // never learned
  request.take(7, 0);
  request.take(9, 2);  // one more than there are names
  request.take(1, kUnknownAction);
  NeuralInputs inputs{.max_history = 9, .actions = {"look", "buy"}};
  // The begin token, buy, look, unknown, unknown.
  EXPECT_EQ(written(request, inputs).actions, (Numbers{0, 3, 2, 1, 1}));
  inputs.max_history = 3;
  EXPECT_EQ(written(request, inputs).actions, (Numbers{0, 2, 1, 1}));
  request.actions.clear();  // as histories of a retriever's bundle
  EXPECT_EQ(written(request, inputs).actions, (Numbers{0, 1, 1, 1}));
  EXPECT_EQ(written(request, {.max_history = 3}).actions, (Numbers{0, 0, 0, 0}));  // not asked
}

// With hops of 3 the beginning stays while three events are added, so that one encoding grows.
TEST(NeuralInputs, ALongHistoryLosesItsOldestEventsByHops) {
  OwnedRequest request;
  std::vector<Numbers> seen;
  for (const uint32_t item : {10u, 11u, 12u, 13u, 14u, 15u, 16u, 17u, 18u}) {
    request.take(item);
    seen.push_back(written(request, {.max_history = 5, .hop = 3}).tokens);
  }
  EXPECT_EQ(seen[4], (Numbers{25, 11, 12, 13, 14, 15}));
  EXPECT_EQ(seen[5], (Numbers{25, 14, 15, 16}));
  EXPECT_EQ(seen[6], (Numbers{25, 14, 15, 16, 17}));
  EXPECT_EQ(seen[7], (Numbers{25, 14, 15, 16, 17, 18}));
  EXPECT_EQ(seen[8], (Numbers{25, 17, 18, 19}));
}

TEST(NeuralInputs, AnEmptyHistoryIsTheBeginTokenAlone) {
  const NeuralRequest out = written({}, {.gaps = true});
  EXPECT_EQ(out.tokens, (Numbers{25}));
  EXPECT_EQ(out.gaps, (Numbers{0}));
  EXPECT_EQ(out.request_gap, 0);
  EXPECT_TRUE(out.candidates.empty());
}

TEST(NeuralInputs, CandidatesBringWhatTheRetrieverSaid) {
  OwnedRequest request;
  request.offer(7, 4);
  request.offer(5, -8);  // never learned
  request.offer(99, 2);  // beyond the catalogue
  const NeuralRequest out = written(request, {});
  EXPECT_EQ(out.candidates, (Numbers{8, 0, 0}));
  EXPECT_EQ(out.numbers, (std::vector<float>{1, 0.5F, 1 / 2.0F, -1, 1 / 3.0F, 0.25F}));
  request.scores.clear();
  request.ranks.clear();
  EXPECT_EQ(written(request, {}).numbers, std::vector<float>(6, 0));
}

}  // namespace
}  // namespace kaskad
