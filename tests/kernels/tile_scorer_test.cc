#include "kaskad/kernels/tile_scorer.h"

#include <cmath>
#include <random>
#include <vector>

#include "tests/kernels/simd_targets.h"

namespace kaskad {
namespace {

constexpr size_t kItems = 11;

// A slab with many zeros, and histories of `count` items with weights, some 0.
struct Case {
  Case(uint32_t seed, size_t count)
      : slab(kItems * kTile), weights((count + 1) * kHistoryLanes), items(count) {
    std::mt19937 random(seed);
    std::uniform_real_distribution<float> uniform(0, 2);
    for (size_t i = 0; i < slab.size; ++i) slab[i] = random() % 3 == 0 ? uniform(random) : 0;
    for (size_t i = 0; i < weights.size; ++i) weights[i] = random() % 4 ? uniform(random) : 0;
    for (uint32_t& item : items) item = static_cast<uint32_t>(random() % kItems);
  }
  Floats slab, weights;
  std::vector<uint32_t> items;
};

TEST(ScoreTile, EqualsThePlainFormOnEveryTarget) {
  for_each_target([] {
    for (const CombineOp op : {CombineOp::kSum, CombineOp::kLogProduct, CombineOp::kMax}) {
      for (const size_t count : {0u, 1u, 2u, 7u, 50u}) {
        SCOPED_TRACE(testing::Message() << "op " << static_cast<int>(op) << ", " << count);
        const Case one(static_cast<uint32_t>(count + 1), count);
        Floats fast(kHistoryLanes * kTile, -1), plain(kHistoryLanes * kTile, -2);
        score_tile(op, one.slab.data(), one.items.data(), one.weights.data(), count, fast.data());
        score_tile_reference(op, one.slab.data(), one.items.data(), one.weights.data(), count,
                             plain.data());
        for (size_t i = 0; i < fast.size; ++i) {
          ASSERT_NEAR(fast[i], plain[i], 1e-5f * std::fabs(plain[i])) << i;
        }
      }
    }
  });
}

TEST(ScoreTile, ByHand) {
  // Item 0 has 2 in column 5, item 1 has 3; weights 1 and .5 in lane 3.
  // sum 2 + 1.5 = 3.5; max 2; log((1 + 2) (1 + 1.5)) = log 7.5.
  Floats slab(2 * kTile), weights(2 * kHistoryLanes), scores(kHistoryLanes * kTile);
  slab[0 * kTile + 5] = 2, slab[1 * kTile + 5] = 3;
  weights[0 * kHistoryLanes + 3] = 1, weights[1 * kHistoryLanes + 3] = 0.5f;
  const uint32_t items[] = {0, 1};
  const auto score = [&](CombineOp op) {
    score_tile(op, slab.data(), items, weights.data(), 2, scores.data());
    EXPECT_EQ(scores[3 * kTile + 4], 0);
    EXPECT_EQ(scores[2 * kTile + 5], 0);
    return scores[3 * kTile + 5];
  };
  for_each_target([&] {
    EXPECT_FLOAT_EQ(score(CombineOp::kSum), 3.5f);
    EXPECT_FLOAT_EQ(score(CombineOp::kMax), 2);
    EXPECT_FLOAT_EQ(score(CombineOp::kLogProduct), std::log(7.5f));
  });
}

TEST(ScoreTile, GivesEqualColumnsEqualScores) {
  // Ties must be exact wherever in the tile they stand: ranks count them by ==.
  for_each_target([] {
    for (const CombineOp op : {CombineOp::kSum, CombineOp::kLogProduct, CombineOp::kMax}) {
      Case one(5, 20);
      for (size_t i = 0; i < kItems; ++i) {
        for (size_t j = 1; j < kTile; ++j) one.slab[i * kTile + j] = one.slab[i * kTile];
      }
      Floats scores(kHistoryLanes * kTile);
      score_tile(op, one.slab.data(), one.items.data(), one.weights.data(), 20, scores.data());
      for (size_t i = 0; i < scores.size; ++i) EXPECT_EQ(scores[i], scores[i / kTile * kTile]);
    }
  });
}

TEST(CountRanks, EqualsThePlainFormWithMasksAndTies) {
  std::mt19937 random(3);
  Floats scores(kHistoryLanes * kTile), target(kHistoryLanes);
  for_each_target([&] {
    for (int round = 0; round < 50; ++round) {
      for (size_t i = 0; i < scores.size; ++i) scores[i] = static_cast<float>(random() % 4) / 2;
      for (size_t h = 0; h < kHistoryLanes; ++h) target[h] = static_cast<float>(random() % 4) / 2;
      const uint32_t masked = round == 0 ? 0 : round == 1 ? ~uint32_t{0} : random();
      uint32_t above[kHistoryLanes], equal[kHistoryLanes];
      uint32_t plain_above[kHistoryLanes], plain_equal[kHistoryLanes];
      for (size_t h = 0; h < kHistoryLanes; ++h) {
        above[h] = plain_above[h] = static_cast<uint32_t>(10 * h);  // counts are added to
        equal[h] = plain_equal[h] = 7;
      }
      count_ranks(scores.data(), masked, target.data(), above, equal);
      count_ranks_reference(scores.data(), masked, target.data(), plain_above, plain_equal);
      for (size_t h = 0; h < kHistoryLanes; ++h) {
        EXPECT_EQ(above[h], plain_above[h]) << h;
        EXPECT_EQ(equal[h], plain_equal[h]) << h;
      }
    }
  });
}

TEST(CountRanks, LeavesOutTheMaskedItemsAlone) {
  // All 32 items score 1, the target too: 32 equals. Bits 0 and 31 masked: 30.
  Floats scores(kHistoryLanes * kTile, 1), target(kHistoryLanes, 1);
  for_each_target([&] {
    uint32_t above[kHistoryLanes] = {}, equal[kHistoryLanes] = {};
    count_ranks(scores.data(), 0x80000001u, target.data(), above, equal);
    for (size_t h = 0; h < kHistoryLanes; ++h) EXPECT_EQ(above[h], 0u);
    for (size_t h = 0; h < kHistoryLanes; ++h) EXPECT_EQ(equal[h], 30u);
  });
}

}  // namespace
}  // namespace kaskad
