#include "kaskad/counters/count_min.h"

#include <gtest/gtest.h>

#include <random>
#include <unordered_map>

#include "kaskad/core/error.h"

namespace kaskad {
namespace {

TEST(CountMin, ShapeFollowsTheBound) {
  const SketchShape shape(0.01, 0.05);
  EXPECT_EQ(shape.width(), 272u);  // ceil(2.71828 / 0.01)
  EXPECT_EQ(shape.depth(), 3u);    // ceil(ln 20 = 2.9957)
  EXPECT_THROW(SketchShape(0, 0.1), Error);
  EXPECT_THROW(SketchShape(0.1, 1), Error);
  EXPECT_THROW(SketchShape(1e-12, 0.1), Error);
}

TEST(CountMin, FewKeysAreExact) {
  CountMin sketch(SketchShape(0.001, 0.01));
  sketch.add(7);
  sketch.add(7, 4);
  sketch.add(8, 2);
  EXPECT_EQ(sketch.estimate(7), 5u);
  EXPECT_EQ(sketch.estimate(8), 2u);
  EXPECT_EQ(sketch.estimate(9), 0u);
  EXPECT_EQ(sketch.total(), 7u);
}

// 20,000 keys by Zipf's law in a sketch of 272 columns: never too low, and by more than eps * N too
// high for at most a share delta of the keys, whatever the seed.
TEST(CountMin, ErrsByMoreThanTheBoundForFewKeys) {
  const double epsilon = 0.01, delta = 0.05;
  for (const uint64_t seed : {1u, 2u, 3u}) {
    CountMin sketch(SketchShape(epsilon, delta, seed));
    std::unordered_map<uint64_t, uint64_t> counts;
    std::mt19937_64 random(seed);
    for (uint64_t key = 1; key <= 20'000; ++key) {
      const auto count = static_cast<uint32_t>(1 + 10'000 / key + random() % 3);
      sketch.add(key << 20, count);
      counts[key << 20] += count;
    }
    size_t beyond = 0;
    for (const auto& [key, count] : counts) {
      const uint64_t estimate = sketch.estimate(key);
      ASSERT_GE(estimate, count);
      beyond += static_cast<double>(estimate) >
                static_cast<double>(count) + epsilon * static_cast<double>(sketch.total());
    }
    EXPECT_LE(static_cast<double>(beyond), delta * 20'000);
  }
}

TEST(CountMin, MergedSketchesAreTheSketchOfAll) {
  const SketchShape shape(0.05, 0.1);
  CountMin left(shape), right(shape), all(shape);
  for (uint64_t key = 0; key < 500; ++key) {
    (key % 3 == 0 ? left : right).add(key, static_cast<uint32_t>(key));
    all.add(key, static_cast<uint32_t>(key));
  }
  left.merge(right);
  EXPECT_EQ(left.total(), all.total());
  for (uint64_t key = 0; key < 500; ++key) EXPECT_EQ(left.estimate(key), all.estimate(key));
}

}  // namespace
}  // namespace kaskad
