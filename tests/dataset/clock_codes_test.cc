#include "kaskad/dataset/clock_codes.h"

#include <gtest/gtest.h>

namespace kaskad {
namespace {

using Codes = std::array<int64_t, 2>;
constexpr int64_t kHour = 3'600'000;

TEST(ClockCodes, HourAndWeekdayInUtc) {
  // 1970-01-01 was a Thursday.
  EXPECT_EQ(clock_codes(0), (Codes{1, 28}));
  EXPECT_EQ(clock_codes(kHour - 1), (Codes{1, 28}));
  EXPECT_EQ(clock_codes(23 * kHour), (Codes{24, 28}));
  // 2024-02-29, 13:05, a Thursday; three days later a Sunday, then Monday.
  const int64_t leap_day = 1'709'211'900'000;
  EXPECT_EQ(clock_codes(leap_day), (Codes{14, 28}));
  EXPECT_EQ(clock_codes(leap_day + 3 * 24 * kHour), (Codes{14, 31}));
  EXPECT_EQ(clock_codes(leap_day + 4 * 24 * kHour), (Codes{14, 25}));
}

TEST(ClockCodes, BeforeTheEpochToo) {
  EXPECT_EQ(clock_codes(-1), (Codes{24, 27}));  // Wednesday, an instant before midnight
}

TEST(ClockCodes, AreBelowTheirNumber) {
  for (int64_t hour = 0; hour < 200; ++hour) {
    for (const int64_t code : clock_codes(hour * kHour)) {
      EXPECT_GT(code, 0);
      EXPECT_LT(code, kClockCodes);
    }
  }
}

}  // namespace
}  // namespace kaskad
