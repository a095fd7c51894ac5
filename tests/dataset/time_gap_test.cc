#include "kaskad/dataset/time_gap.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace kaskad {
namespace {

TEST(GapBucket, NoEventBeforeIsZero) {
  EXPECT_EQ(gap_bucket(kNoGap), 0);
  EXPECT_EQ(gap_bucket(std::numeric_limits<int64_t>::min()), 0);
}

TEST(GapBucket, FirstBucketEndsAtOneSecond) {
  EXPECT_EQ(gap_bucket(0), 1);
  EXPECT_EQ(gap_bucket(1000), 1);
  EXPECT_EQ(gap_bucket(1001), 2);
}

TEST(GapBucket, EdgesDouble) {
  EXPECT_EQ(gap_bucket(2000), 2);  // 2^1 s
  EXPECT_EQ(gap_bucket(2001), 3);
  EXPECT_EQ(gap_bucket(4000), 3);  // 2^2 s
  EXPECT_EQ(gap_bucket(4001), 4);
  // An hour is 3600 s: over 2^11 = 2048, up to 2^12 = 4096: bucket 13.
  EXPECT_EQ(gap_bucket(int64_t{3600} * 1000), 13);
  // A day is 86400 s: over 2^16 = 65536, up to 2^17 = 131072: bucket 18.
  EXPECT_EQ(gap_bucket(int64_t{86400} * 1000), 18);
  // A year of 365 days is 31,536,000 s: up to 2^25 = 33,554,432: bucket 26.
  EXPECT_EQ(gap_bucket(int64_t{31'536'000} * 1000), 26);
}

TEST(GapBucket, LastBucketHasNoEnd) {
  const int64_t edge = (int64_t{1} << 26) * 1000;  // 2.1 years
  EXPECT_EQ(gap_bucket(edge), 27);
  EXPECT_EQ(gap_bucket(edge + 1), 28);
  EXPECT_EQ(gap_bucket(std::numeric_limits<int64_t>::max()), 28);
  EXPECT_EQ(kGapBuckets, 29);
}

TEST(GapBucket, EachEdgeIsTheLastOfItsBucket) {
  for (int e = 0; e <= 26; ++e) {
    const int64_t edge = (int64_t{1} << e) * 1000;
    EXPECT_EQ(gap_bucket(edge), e + 1);
    EXPECT_EQ(gap_bucket(edge + 1), e + 2);
  }
}

TEST(GapBuckets, CountFromTheEventBefore) {
  const std::vector<int64_t> times = {5000, 5000, 8000, 7000};
  std::vector<int64_t> buckets(4);
  gap_buckets(times, buckets);
  EXPECT_EQ(buckets, (std::vector<int64_t>{0, 1, 3, 0}));  // none, 0 s, 3 s, backwards
}

TEST(GapBuckets, TakeTimesOfAnySize) {
  const std::vector<int64_t> times = {std::numeric_limits<int64_t>::min(),
                                      std::numeric_limits<int64_t>::max()};
  std::vector<int64_t> buckets(2);
  gap_buckets(times, buckets);
  EXPECT_EQ(buckets, (std::vector<int64_t>{0, 28}));
}

}  // namespace
}  // namespace kaskad
