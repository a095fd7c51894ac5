#include "kaskad/kernels/dropout.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "simd_targets.h"

namespace kaskad {
namespace {

std::vector<float> numbered(size_t count) {
  std::vector<float> values(count);
  for (size_t i = 0; i < count; ++i) values[i] = static_cast<float>(i + 1);
  return values;
}

std::vector<bool> survivors(const DropoutMask& mask, size_t count) {
  const std::vector<float> in(count, 1.0F);
  std::vector<float> out(count);
  dropout(mask, 0, in.data(), out.data(), count);
  std::vector<bool> kept(count);
  for (size_t i = 0; i < count; ++i) kept[i] = out[i] != 0;
  return kept;
}

TEST(Dropout, EqualsTheReferenceOnEveryTargetAndSize) {
  const DropoutMask mask(7, 3, 0.4);
  // The last starts cross from one upper half of the index to the next.
  for (const uint64_t first : {uint64_t{0}, uint64_t{5}, (uint64_t{1} << 32) - 20}) {
    for (const size_t count : {0, 1, 3, 4, 7, 16, 17, 31, 64, 1000}) {
      const std::vector<float> in = numbered(count + 1);
      std::vector<float> expected(count + 1, -1), out(count + 1, -1);
      dropout_reference(mask, first, in.data() + 1, expected.data() + 1, count);
      for_each_target([&] {
        std::fill(out.begin(), out.end(), -1.0F);
        dropout(mask, first, in.data() + 1, out.data() + 1, count);  // a misaligned start
        EXPECT_EQ(out, expected) << "first " << first << ", count " << count;
      });
    }
  }
}

TEST(Dropout, DividedWorkGivesTheSameAsOneCall) {
  const DropoutMask mask(1, 2, 0.5);
  const std::vector<float> in = numbered(1000);
  std::vector<float> whole(1000), pieces(1000);
  dropout(mask, 100, in.data(), whole.data(), 1000);
  for (size_t begin = 0; begin < 1000; begin += 37) {
    const size_t size = std::min<size_t>(37, 1000 - begin);
    dropout(mask, 100 + begin, in.data() + begin, pieces.data() + begin, size);
  }
  EXPECT_EQ(pieces, whole);
}

TEST(Dropout, DropsTheAskedShareAndKeepsTheMean) {
  constexpr size_t kCount = 1'000'000;
  for (const double p : {0.1, 0.2, 0.5, 0.9}) {
    double sum = 0, dropped = 0;
    const std::vector<float> in(kCount, 1.0F);
    std::vector<float> out(kCount);
    dropout(DropoutMask(11, 0, p), 0, in.data(), out.data(), kCount);
    for (const float value : out) {
      sum += value;
      dropped += value == 0;
    }
    // Five standard deviations of a share: 5 sqrt(p (1 - p) / n).
    const double tolerance = 5 * std::sqrt(p * (1 - p) / kCount);
    EXPECT_NEAR(dropped / kCount, p, tolerance);
    EXPECT_NEAR(sum / kCount, 1, tolerance / (1 - p));
  }
}

TEST(Dropout, ProbabilityZeroChangesNothing) {
  const std::vector<float> in = numbered(100);
  std::vector<float> out(100);
  dropout(DropoutMask(1, 1, 0), 0, in.data(), out.data(), 100);
  EXPECT_EQ(out, in);
}

// With p = 1/2, two independent masks agree on half of the elements.
TEST(Dropout, MasksOfOtherSeedsStreamsAndNeighboursAreIndependent) {
  constexpr size_t kCount = 200'000;
  const double tolerance = 5 * std::sqrt(0.25 / kCount);
  const std::vector<bool> base = survivors(DropoutMask(1, 1, 0.5), kCount);
  const auto agreement = [&](const std::vector<bool>& other, size_t shift) {
    double same = 0;
    for (size_t i = shift; i < kCount; ++i) same += base[i] == other[i - shift];
    return same / static_cast<double>(kCount - shift);
  };
  for (const size_t shift : {0, 1, 2, 64}) {
    EXPECT_NEAR(agreement(survivors(DropoutMask(1, 2, 0.5), kCount), shift), 0.5, tolerance);
    EXPECT_NEAR(agreement(survivors(DropoutMask(2, 1, 0.5), kCount), shift), 0.5, tolerance);
    if (shift > 0) {
      EXPECT_NEAR(agreement(base, shift), 0.5, tolerance);
    }
  }
}

}  // namespace
}  // namespace kaskad
