#include "kaskad/kernels/top_k.h"

#include <limits>
#include <random>

#include "tests/kernels/simd_targets.h"

namespace kaskad {

static bool operator==(const Candidate& a, const Candidate& b) {
  return a.score == b.score && a.item == b.item;
}

namespace {

constexpr float kEverything = -std::numeric_limits<float>::infinity();

// By sorting everything.
std::vector<Candidate> sorted_top(const std::vector<float>& scores, uint32_t first, float floor,
                                  size_t k) {
  std::vector<Candidate> all;
  for (uint32_t j = 0; j < scores.size(); ++j) {
    if (scores[j] > floor) all.push_back({scores[j], first + j});
  }
  std::sort(all.begin(), all.end(), better);
  all.resize(std::min(k, all.size()));
  return all;
}

std::vector<float> scores_with_ties(size_t count, uint32_t values, uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<float> scores(count);
  for (float& score : scores) score = static_cast<float>(random() % values) - 2;
  return scores;
}

TEST(TopK, EqualsSortingOnEveryTarget) {
  for_each_target([] {
    for (const size_t count : {0u, 1u, 7u, 16u, 100u, 1003u}) {
      for (const size_t k : {1u, 3u, 10u, 32u, 33u, 64u, 2000u}) {
        for (const uint32_t values : {2u, 5u, 100'000u}) {  // 2: nearly all scores tie
          SCOPED_TRACE(testing::Message() << count << " scores, k " << k << ", of " << values);
          const auto scores = scores_with_ties(count, values, static_cast<uint32_t>(count + k));
          for (const float floor : {kEverything, 0.0f}) {
            TopK top(k);
            offer_all(scores.data(), count, 40, floor, top);
            EXPECT_EQ(top.finish(), sorted_top(scores, 40, floor, k));
          }
        }
      }
    }
  });
}

TEST(FallingOrder, IsThatOfAStableSort) {
  for (const size_t count : {0u, 1u, 2u, 500u}) {
    for (const uint32_t values : {1u, 4u, 100'000u}) {
      auto scores = scores_with_ties(count, values, static_cast<uint32_t>(count));
      if (count > 2) scores[0] = -0.0F, scores[1] = 0.0F;  // equal, so in their order
      std::vector<uint32_t> want(count);
      for (uint32_t i = 0; i < count; ++i) want[i] = i;
      std::stable_sort(want.begin(), want.end(),
                       [&](uint32_t a, uint32_t b) { return scores[a] > scores[b]; });
      EXPECT_EQ(falling_order(scores), want) << count << " of " << values;
    }
  }
}

TEST(TopK, TiesGoToTheLowerItemInWhateverOrderTheyCome) {
  TopK top(2);
  for (uint32_t item = 500; item-- > 0;) top.offer(item, 1);  // the lowest come last
  EXPECT_EQ(top.finish(), (std::vector<Candidate>{{1, 0}, {1, 1}}));
}

TEST(TopK, OfMoreThanThereAreIsAll) {
  TopK top(10);
  top.offer(3, 1);
  top.offer(1, 2);
  EXPECT_EQ(top.finish(), (std::vector<Candidate>{{2, 1}, {1, 3}}));
}

TEST(TopK, OfNoneIsEmpty) {
  TopK top(0);
  const std::vector<float> scores(300, 1);
  offer_all(scores.data(), scores.size(), 0, kEverything, top);
  EXPECT_TRUE(top.finish().empty());
}

TEST(TopK, StartsAfreshOnReset) {
  TopK top(1);
  for (uint32_t item = 0; item < 200; ++item) top.offer(item, 5);  // raises the threshold
  EXPECT_EQ(top.threshold(), 5);
  top.reset(2);
  EXPECT_EQ(top.threshold(), kEverything);
  top.offer(7, -1);
  EXPECT_EQ(top.finish(), (std::vector<Candidate>{{-1, 7}}));
}

}  // namespace
}  // namespace kaskad
