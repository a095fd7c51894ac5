#include "kaskad/kernels/dot_scan.h"

#include <random>
#include <vector>

#include "tests/kernels/simd_targets.h"

namespace kaskad {
namespace {

std::vector<float> random_rows(size_t count, size_t dimension, uint32_t seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> uniform(-1, 1);
  std::vector<float> rows(count * dimension);
  for (float& x : rows) x = uniform(random);
  return rows;
}

Floats packed(const std::vector<float>& rows, size_t count, size_t dimension) {
  Floats blocks(packed_floats(count, dimension));
  pack_blocks(rows.data(), count, dimension, blocks.data());
  return blocks;
}

// Targets without a fused multiply-add round each product; |x| <= 1, so `dimension` roundings.
void expect_same(const BlockScores& got, const BlockScores& want, const float* thresholds,
                 size_t num_queries, size_t dimension) {
  const float tolerance = 1e-6f * static_cast<float>(dimension);
  for (size_t q = 0; q < num_queries; ++q) {
    for (size_t j = 0; j < kScanBlock; ++j) {
      const float score = got.scores[q * kScanBlock + j];
      ASSERT_NEAR(score, want.scores[q * kScanBlock + j], tolerance) << q << ", " << j;
      ASSERT_EQ(got.above[q] >> j & 1, score > thresholds[q]) << q << ", " << j;
    }
  }
}

TEST(DotScan, EqualsItsReferenceOnEveryTarget) {
  for_each_target([] {
    for (const size_t dimension : {1u, 3u, 16u, 63u, 64u, 65u, 200u}) {
      const auto items = packed(random_rows(kScanBlock, dimension, 1), kScanBlock, dimension);
      for (size_t num_queries = 1; num_queries <= kScanQueries; ++num_queries) {
        SCOPED_TRACE(testing::Message() << dimension << " dimensions, " << num_queries);
        const auto queries = random_rows(num_queries + 1, dimension, 2);
        const float thresholds[] = {0.1f, -0.2f, -1e30f, 1e30f};
        BlockScores got, want;
        const float* odd = queries.data() + 1;  // no alignment is asked of the queries
        scan_block(items.data(), dimension, odd, num_queries, thresholds, got);
        scan_block_reference(items.data(), dimension, odd, num_queries, thresholds, want);
        expect_same(got, want, thresholds, num_queries, dimension);
      }
    }
  });
}

TEST(DotScan, AScoreDependsOnNeitherPlaceNorNeighbours) {
  const size_t dimension = 37;
  for_each_target([&] {
    const auto item = random_rows(1, dimension, 3);
    auto rows = random_rows(kScanBlock, dimension, 4);
    std::copy(item.begin(), item.end(), rows.begin());
    std::copy(item.begin(), item.end(), rows.begin() + 41 * dimension);
    const auto items = packed(rows, kScanBlock, dimension);
    const auto queries = random_rows(kScanQueries, dimension, 5);
    const float thresholds[kScanQueries] = {};
    BlockScores alone, together;
    scan_block(items.data(), dimension, queries.data() + 2 * dimension, 1, thresholds, alone);
    scan_block(items.data(), dimension, queries.data(), 4, thresholds, together);
    EXPECT_EQ(alone.scores[0], alone.scores[41]);
    EXPECT_EQ(alone.scores[0], together.scores[2 * kScanBlock]);
  });
}

TEST(DotScan, AScoreEqualToTheThresholdIsNotAbove) {
  const std::vector<float> rows = {3, 4};  // one coordinate: item 0 scores 2*3, item 1 scores 2*4
  const auto items = packed(rows, 2, 1);
  const float query = 2, threshold = 6;
  for_each_target([&] {
    BlockScores out;
    scan_block(items.data(), 1, &query, 1, &threshold, out);
    EXPECT_EQ(out.above[0], 0b10u);
  });
}

TEST(DotScan, NeverCallsANanAbove) {
  const std::vector<float> rows = {1, 2, 3};
  const auto items = packed(rows, 3, 1);
  const float query = std::numeric_limits<float>::quiet_NaN();
  const float threshold = -std::numeric_limits<float>::infinity();
  for_each_target([&] {
    BlockScores out;
    scan_block(items.data(), 1, &query, 1, &threshold, out);
    EXPECT_EQ(out.above[0], 0u);
  });
}

TEST(DotRows, HasTheBitsOfTheScanOnEveryTarget) {
  for_each_target([] {
    for (const size_t dimension : {1u, 7u, 64u, 65u}) {
      const size_t count = 61;  // whole groups of rows, and some beside
      const auto rows = random_rows(kScanBlock, dimension, 9),
                 query = random_rows(1, dimension, 10);
      const auto items = packed(rows, kScanBlock, dimension);
      std::vector<uint32_t> asked(count);
      for (size_t i = 0; i < count; ++i) asked[i] = static_cast<uint32_t>(i * 37 % kScanBlock);
      std::vector<float> got(count), plain(count);
      dot_rows(rows.data(), dimension, asked.data(), count, query.data(), got.data());
      dot_rows_reference(rows.data(), dimension, asked.data(), count, query.data(), plain.data());
      BlockScores scan;
      const float threshold = 0;
      scan_block(items.data(), dimension, query.data(), 1, &threshold, scan);
      for (size_t i = 0; i < count; ++i) {
        ASSERT_EQ(got[i], scan.scores[asked[i]]) << dimension << ", " << i;
        ASSERT_NEAR(got[i], plain[i], 1e-6f * static_cast<float>(dimension));
      }
    }
  });
}

TEST(PackBlocks, PutsCoordinatesAcrossAndPadsWithZeros) {
  const size_t count = kScanBlock + 2, dimension = 3;
  const auto rows = random_rows(count, dimension, 6);
  ASSERT_EQ(packed_floats(count, dimension), 2 * kScanBlock * dimension);
  const auto blocks = packed(rows, count, dimension);
  for (size_t item = 0; item < 2 * kScanBlock; ++item) {
    for (size_t i = 0; i < dimension; ++i) {
      const size_t block = item / kScanBlock;
      const float want = item < count ? rows[item * dimension + i] : 0;
      EXPECT_EQ(blocks.data()[(block * dimension + i) * kScanBlock + item % kScanBlock], want);
    }
  }
}

TEST(Dot, EqualsItsReferenceOnEveryTargetAndFromAnyAddress) {
  for_each_target([] {
    for (const size_t dimension : {0u, 1u, 7u, 16u, 31u, 64u, 65u, 129u}) {
      const auto a = random_rows(1, dimension + 3, 7), b = random_rows(1, dimension + 3, 8);
      for (const size_t shift : {0u, 1u, 3u}) {
        const float want = dot_reference(a.data() + shift, b.data(), dimension);
        const float tolerance = 1e-6f * static_cast<float>(dimension);
        EXPECT_NEAR(dot(a.data() + shift, b.data(), dimension), want, tolerance) << dimension;
        EXPECT_EQ(dot_function()(a.data() + shift, b.data(), dimension),
                  dot(a.data() + shift, b.data(), dimension));
      }
    }
  });
}

}  // namespace
}  // namespace kaskad
