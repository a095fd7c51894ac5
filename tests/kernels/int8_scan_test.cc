#include "kaskad/kernels/int8_scan.h"

#include <cmath>
#include <random>
#include <vector>

#include "tests/kernels/simd_targets.h"

namespace kaskad {
namespace {

struct Codes {
  Codes(const std::vector<float>& rows, size_t count, size_t dimension)
      : blocks((count + kScanBlock - 1) / kScanBlock),
        bytes(hwy::AllocateAligned<uint8_t>(blocks * kScanBlock * code_bytes(dimension))),
        scales(blocks * kScanBlock) {
    pack_codes(rows.data(), count, dimension, bytes.get(), scales.data());
  }
  size_t blocks;
  hwy::AlignedFreeUniquePtr<uint8_t[]> bytes;
  Floats scales;
};

// Coordinates that are often the extremes, where sums of products are the largest.
std::vector<float> extreme_rows(size_t count, size_t dimension, uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<float> rows(count * dimension);
  for (float& x : rows) {
    const auto draw = random() % 4;
    x = draw == 0 ? 1 : draw == 1 ? -1 : static_cast<float>(random() % 2001) / 1000 - 1;
  }
  return rows;
}

TEST(Int8Scan, EqualsItsReferenceToTheBitOnEveryTarget) {
  for_each_target([] {
    for (const size_t dimension : {1u, 3u, 4u, 5u, 63u, 64u, 130u}) {
      const Codes items(extreme_rows(kScanBlock, dimension, 1), kScanBlock, dimension);
      for (size_t num_queries = 1; num_queries <= kScanQueries; ++num_queries) {
        SCOPED_TRACE(testing::Message() << dimension << " dimensions, " << num_queries);
        const auto rows = extreme_rows(num_queries, dimension, 2);
        std::vector<int8_t> queries(num_queries * code_bytes(dimension) + 1);
        for (size_t q = 0; q < num_queries; ++q) {
          quantise({rows.data() + q * dimension, dimension},
                   queries.data() + 1 + q * code_bytes(dimension));
        }
        const float thresholds[] = {0, 50, -1e30f, 1e30f};
        BlockScores got, want;
        scan_codes(items.bytes.get(), items.scales.data(), dimension, queries.data() + 1,
                   num_queries, thresholds, got);
        scan_codes_reference(items.bytes.get(), items.scales.data(), dimension, queries.data() + 1,
                             num_queries, thresholds, want);
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

TEST(Quantise, RoundsToTheNearestOf255StepsBetweenTheExtremes) {
  const std::vector<float> row = {-2, 1, 0, 0.5f, 2};
  std::vector<int8_t> codes(code_bytes(5), 99);
  EXPECT_FLOAT_EQ(quantise(row, codes.data()), 2 / 127.0f);
  // 1 / (2/127) = 63.5 -> 64 (to even), 0.5 / (2/127) = 31.75 -> 32; padded with zeros to 8.
  EXPECT_EQ(codes, (std::vector<int8_t>{-127, 64, 0, 32, 127, 0, 0, 0}));
}

TEST(Quantise, OfZerosAndOfTheSmallestIsFinite) {
  std::vector<int8_t> codes(4);
  EXPECT_EQ(quantise(std::vector<float>{0, 0}, codes.data()), 0);
  EXPECT_EQ(codes, (std::vector<int8_t>{0, 0, 0, 0}));
  const float tiny = std::numeric_limits<float>::min();
  EXPECT_GT(quantise(std::vector<float>{tiny, -tiny}, codes.data()), 0);
  EXPECT_EQ(codes, (std::vector<int8_t>{127, -127, 0, 0}));
}

TEST(PackCodes, LaysFourCoordinatesOfAnItemTogetherAndScalesPaddingByZero) {
  // Two items of five coordinates: the largest is 127, so that codes are the values.
  const std::vector<float> rows = {127, 1, -2, 3, -4, 5, -127, 6, 7, 8};
  const Codes items(rows, 2, 5);
  const auto code = [&](size_t item, size_t i) {
    return items.bytes[(i / 4 * kScanBlock + item) * 4 + i % 4] - 128;
  };
  for (size_t item = 0; item < 2; ++item) {
    for (size_t i = 0; i < 8; ++i) {
      const float want = i < 5 ? rows[item * 5 + i] : 0;
      EXPECT_EQ(static_cast<float>(code(item, i)), want) << item << ", " << i;
    }
  }
  EXPECT_EQ(items.scales.data()[1], 1);
  EXPECT_EQ(items.scales.data()[2], 0);
}

TEST(Int8Scan, ErrsByAtMostHalfAStepACoordinateOnEitherSide) {
  const size_t dimension = 64;
  const auto rows = extreme_rows(kScanBlock, dimension, 3), query = extreme_rows(1, dimension, 4);
  const Codes items(rows, kScanBlock, dimension);
  std::vector<int8_t> codes(dimension);
  const float scale = quantise(query, codes.data()), threshold = 0;
  BlockScores out;
  scan_codes(items.bytes.get(), items.scales.data(), dimension, codes.data(), 1, &threshold, out);
  for (size_t j = 0; j < kScanBlock; ++j) {
    const float exact = dot_reference(query.data(), rows.data() + j * dimension, dimension);
    // |coordinates| <= 1, so each product errs by at most (1/254) * 1 + 1 * (1/254) + (1/254)^2.
    EXPECT_NEAR(out.scores[j] * scale, exact, 64 * (2 / 254.0f + 1 / 254.0f / 254));
  }
}

}  // namespace
}  // namespace kaskad
