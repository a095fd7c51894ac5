#include "kaskad/kernels/lane_row.h"

#include <numeric>
#include <random>
#include <vector>

#include "tests/kernels/simd_targets.h"

namespace kaskad {
namespace {

constexpr size_t kItems = 40;

// A row whose count of lane l and item j is j + l / 100, and what becomes of it.
struct Row {
  Row(size_t count, size_t used_lanes)
      : lanes(used_lanes), accumulators(kItems * kLanes), columns(kItems), sums(kLanes, 0.5) {
    std::iota(columns.begin(), columns.end(), 0u);
    std::shuffle(columns.begin(), columns.end(), std::mt19937(7));
    columns.resize(count);
    for (const uint32_t j : columns) {
      for (size_t l = 0; l < lanes; ++l) accumulators[j * kLanes + l] = value(j, l);
    }
    // One more than is written, to see that nothing is written behind the end.
    values.assign(kLanes, std::vector<float>(count + 1, -1));
  }
  static float value(uint32_t j, size_t l) {
    return static_cast<float>(j) + static_cast<float>(l) / 100;
  }

  void take(decltype(take_lanes)& form) {
    float* out[kLanes];
    for (size_t l = 0; l < kLanes; ++l) out[l] = l < lanes ? values[l].data() : nullptr;
    form(accumulators.data(), columns.data(), columns.size(), lanes, out, sums.data());
  }

  size_t lanes;
  Floats accumulators;  // (kItems, kLanes)
  std::vector<uint32_t> columns;
  std::vector<double> sums;  // (kLanes)
  std::vector<std::vector<float>> values;
};

TEST(LaneRow, EqualsItsPlainFormForEveryLengthAndNumberOfLanes) {
  for_each_target([] {
    for (size_t count = 0; count <= 11; ++count) {
      for (size_t lanes = 1; lanes <= kLanes; ++lanes) {
        SCOPED_TRACE(std::to_string(count) + " columns, " + std::to_string(lanes) + " lanes");
        Row fast(count, lanes), plain(count, lanes);
        fast.take(take_lanes);
        plain.take(take_lanes_reference);
        EXPECT_EQ(fast.values, plain.values);
        EXPECT_EQ(fast.sums, plain.sums);
      }
    }
  });
}

TEST(LaneRow, EveryLaneGetsItsOwnCountsInTheOrderOfTheColumns) {
  Row row(kItems, kLanes);
  row.take(take_lanes);
  for (size_t l = 0; l < kLanes; ++l) {
    for (size_t c = 0; c < kItems; ++c) EXPECT_EQ(row.values[l][c], Row::value(row.columns[c], l));
    EXPECT_EQ(row.values[l][kItems], -1);
    // .5 were there before; 0 + 1 + ... + 39 = 780.
    EXPECT_NEAR(row.sums[l], 0.5 + 780 + kItems * static_cast<double>(l) / 100, 1e-4);
  }
}

TEST(LaneRow, TheAccumulatorsAreZeroAfterwards) {
  Row row(kItems, 3);
  row.accumulators[kLanes - 1] = 9;  // of a lane that is not asked for
  row.take(take_lanes);
  for (size_t i = 0; i < kItems * kLanes; ++i) EXPECT_EQ(row.accumulators[i], 0) << i;
}

}  // namespace
}  // namespace kaskad
