#include "kaskad/kernels/bound_scan.h"

#include <cmath>
#include <random>
#include <vector>

#include "tests/kernels/simd_targets.h"

namespace kaskad {
namespace {

// Vectors as long as they may be, in every direction; every fourth has all of its length in one
// coordinate.
std::vector<int16_t> longest_rows(size_t count, size_t places, int most, uint32_t seed) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal;
  std::vector<int16_t> rows(count * places);
  for (size_t row = 0; row < count; ++row) {
    std::vector<double> x(places);
    for (double& value : x) value = normal(random);
    if (row % 4 == 0) std::fill(x.begin() + 1, x.end(), 0.0);
    double length = 0;
    for (const double value : x) length += value * value;
    for (size_t i = 0; i < places; ++i) {
      rows[row * places + i] = static_cast<int16_t>(x[i] / std::sqrt(length) * most);
    }
  }
  return rows;
}

struct Packed {
  Packed(const std::vector<int16_t>& rows, size_t count, size_t places)
      : codes(hwy::AllocateAligned<int16_t>((count + kScanBlock - 1) / kScanBlock * kScanBlock *
                                            places)) {
    pack_bounds(rows.data(), count, places, codes.get());
  }
  hwy::AlignedFreeUniquePtr<int16_t[]> codes;
};

TEST(BoundScan, EqualsItsReferenceToTheBitOnEveryTarget) {
  for_each_target([] {
    for (const size_t places : {2u, 8u, 16u, 30u}) {
      const auto rows = longest_rows(kScanBlock, places, kMostItemCode, 1);
      const Packed items(rows, kScanBlock, places);
      for (size_t num_queries = 1; num_queries <= kScanQueries; ++num_queries) {
        SCOPED_TRACE(testing::Message() << places << " places, " << num_queries << " queries");
        auto queries = longest_rows(num_queries, places, kMostQueryCode, 2);
        queries.insert(queries.begin(), 0);  // no alignment is asked of them
        const float thresholds[] = {0, 1e6f, -1e30f, 1e30f};
        BlockScores got, want;
        scan_bounds(items.codes.get(), places, queries.data() + 1, num_queries, thresholds, got);
        scan_bounds_reference(items.codes.get(), places, queries.data() + 1, num_queries,
                              thresholds, want);
        for (size_t q = 0; q < num_queries; ++q) {
          ASSERT_EQ(got.above[q], want.above[q]);
          for (size_t j = 0; j < kScanBlock; ++j) {
            ASSERT_EQ(got.scores[q * kScanBlock + j], want.scores[q * kScanBlock + j]);
          }
        }
      }
    }
  });
}

TEST(PackBounds, LaysTwoCoordinatesOfAnItemTogetherAndPadsWithZeros) {
  const std::vector<int16_t> rows = {1, 2, 3, 4, 5, 6, 7, 8};  // two items of four
  const Packed items(rows, 2, 4);
  for (size_t item = 0; item < kScanBlock; ++item) {
    for (size_t i = 0; i < 4; ++i) {
      const int want = item < 2 ? rows[item * 4 + i] : 0;
      EXPECT_EQ(items.codes[(i / 2 * kScanBlock + item) * 2 + i % 2], want) << item << ", " << i;
    }
  }
}

TEST(BoundScan, ASumEqualToTheThresholdIsNotAbove) {
  const Packed items({3, 0, 4, 0}, 2, 2);  // scores 2*3 and 2*4
  const std::vector<int16_t> query = {2, 0};
  const float threshold = 6;
  for_each_target([&] {
    BlockScores out;
    scan_bounds(items.codes.get(), 2, query.data(), 1, &threshold, out);
    EXPECT_EQ(out.above[0], 0b10u);
  });
}

}  // namespace
}  // namespace kaskad
