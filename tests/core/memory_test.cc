#include "kaskad/core/memory.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <vector>

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

// Page faults while 8 MB are taken, written and given back.
int64_t faults_of_an_array() {
  rusage before{}, after{};
  getrusage(RUSAGE_SELF, &before);
  std::vector<char> array(8 << 20, 1);
  EXPECT_EQ(array[array.size() / 2], 1);
  getrusage(RUSAGE_SELF, &after);
  return after.ru_minflt - before.ru_minflt;
}

TEST(KeepFreedMemory, AnArrayThatWasFreedIsTakenAgainWithoutPageFaults) {
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
  GTEST_SKIP() << "sanitizers bring an allocator of their own";
#endif
#endif
  keep_freed_memory();
  const int64_t first = faults_of_an_array();
  EXPECT_LE(faults_of_an_array(), first / 10);
}

}  // namespace
}  // namespace kaskad
