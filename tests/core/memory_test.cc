#include "kaskad/core/memory.h"

#include <gtest/gtest.h>

#include "kaskad/core/error.h"

namespace kaskad {
namespace {

TEST(ParseBytes, TakesUnitsAsPowersOf1024) {
  EXPECT_EQ(parse_bytes("512"), 512u);
  EXPECT_EQ(parse_bytes("2k"), 2048u);
  EXPECT_EQ(parse_bytes("1.5GiB"), 3ull << 29);
}

TEST(ParseBytes, SaysWhatWasFound) {
  for (const char* bad : {"", "x", "-1", "2Q", "1KK", "nan"})
    EXPECT_THROW(parse_bytes(bad), Error) << bad;
}

TEST(FormatBytes, PicksTheUnit) { EXPECT_EQ(format_bytes(3ull << 29), "1.5 GiB"); }

TEST(PeakMemory, IsPositive) { EXPECT_GT(peak_memory(), 0u); }

TEST(HugeVector, HoldsZerosOfAnySize) {
  for (const size_t size : {size_t{0}, size_t{1}, size_t{3} << 20}) {
    const std::vector<uint32_t> zeros = huge_vector<uint32_t>(size, 2);
    EXPECT_EQ(zeros, std::vector<uint32_t>(size, 0));
  }
}

}  // namespace
}  // namespace kaskad
