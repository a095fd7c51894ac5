#include "kaskad/log/time_text.h"

#include <gtest/gtest.h>

#include <numeric>
#include <vector>

namespace kaskad {
namespace {

constexpr int64_t kDay = 24 * 60 * 60 * 1000;
constexpr int64_t kHour = 60 * 60 * 1000;

// 2000-03-01 is day 30 * 365 + 7 leap days (72 to 96) + 31 + 29 = 11017.
constexpr int64_t kMarch2000 = 11'017 * kDay;

TEST(Iso8601, ReadsDatesAndTimes) {
  EXPECT_EQ(parse_iso8601("1970-01-01"), 0);
  EXPECT_EQ(parse_iso8601("2000-03-01"), kMarch2000);
  EXPECT_EQ(parse_iso8601("20000301"), kMarch2000);
  EXPECT_EQ(parse_iso8601("2000/03/01"), kMarch2000);
  EXPECT_EQ(parse_iso8601("2000-03-01 01:00"), kMarch2000 + kHour);
  EXPECT_EQ(parse_iso8601("2000-03-01T01:00:02"), kMarch2000 + kHour + 2000);
  EXPECT_EQ(parse_iso8601("2000-03-01T01:00:02.5Z"), kMarch2000 + kHour + 2500);
  EXPECT_EQ(parse_iso8601("2000-03-01T01:00:02.123456789Z"), kMarch2000 + kHour + 2123);
}

TEST(Iso8601, ZonesAreTakenOffAndNoZoneIsUtc) {
  EXPECT_EQ(parse_iso8601("2000-03-01T01:00:00+01:00"), kMarch2000);
  EXPECT_EQ(parse_iso8601("2000-03-01T00:00:00-0130"), kMarch2000 + kHour * 3 / 2);
  EXPECT_EQ(parse_iso8601("2000-03-01 01:00:00 UTC"), kMarch2000 + kHour);
  EXPECT_EQ(parse_iso8601("2000-03-01T03:00:00+02"), kMarch2000 + kHour);
}

TEST(Iso8601, BeforeTheEpochIsNegative) { EXPECT_EQ(parse_iso8601("1969-12-31"), -kDay); }

TEST(Iso8601, RefusesWhatIsNoTime) {
  for (const char* text : {"", "2000", "2000-13-01", "2001-02-29", "2000-03-01T25:00", "abc",
                           "2000-03-01T", "2000-03-01T01:00:00 CET", "2000-03/01", "2000-3-1",
                           "2000-03-01T01:00:00+0", "2000-03-01T01:00:02."}) {
    EXPECT_EQ(parse_iso8601(text), std::nullopt) << text;
  }
}

// The time of `text` in a column whose first value it is.
int64_t first_time(const char* text, TimeKind kind) {
  TimeColumn column(TimeFormat::kAuto);
  int64_t time = -1;
  EXPECT_TRUE(column.parse(text, 2, &time)) << text;
  EXPECT_EQ(column.kind(), kind) << text;
  return time;
}

TEST(TimeColumn, SizeTellsTheUnit) {
  EXPECT_EQ(first_time("978300760", TimeKind::kClock), 978'300'760'000);
  EXPECT_EQ(first_time("978300760.25", TimeKind::kClock), 978'300'760'250);
  EXPECT_EQ(first_time("9.7830076e8", TimeKind::kClock), 978'300'760'000);
  EXPECT_EQ(first_time("978300760123", TimeKind::kClock), 978'300'760'123);
  EXPECT_EQ(first_time("978300760123456", TimeKind::kClock), 978'300'760'123);
  EXPECT_EQ(first_time("978300760123456789", TimeKind::kClock), 978'300'760'123);
  EXPECT_EQ(first_time("2001-01-01", TimeKind::kClock), 978'307'200'000);
  EXPECT_EQ(first_time("0", TimeKind::kOrder), 0);
  EXPECT_EQ(first_time("17", TimeKind::kOrder), 17);
  EXPECT_EQ(first_time("17.0", TimeKind::kOrder), 17);
}

TEST(TimeColumn, RefusesAMixtureAndNamesTheLineThatDecided) {
  TimeColumn column(TimeFormat::kAuto);
  int64_t time = 0;
  ASSERT_TRUE(column.parse("978300760", 2, &time));
  EXPECT_FALSE(column.parse("978300760000", 3, &time));  // milliseconds
  EXPECT_FALSE(column.parse("0", 4, &time));             // a missing time written as 0
  EXPECT_FALSE(column.parse("2001-01-01", 5, &time));
  EXPECT_TRUE(column.parse("978300761", 6, &time));
  EXPECT_NE(column.expected().find("seconds since 1970 as in line 2 ('978300760')"),
            std::string::npos)
      << column.expected();
  EXPECT_NE(column.expected().find("mixed time units are refused, --time overrules"),
            std::string::npos);
}

// Decides by all of `cells`, lines from 2.
TimeColumn decided(const std::vector<std::string_view>& cells) {
  std::vector<size_t> lines(cells.size());
  std::iota(lines.begin(), lines.end(), size_t{2});
  TimeColumn column(TimeFormat::kAuto);
  column.decide(cells, lines);
  return column;
}

TEST(TimeColumn, MostOfTheFirstValuesDecide) {
  TimeColumn column = decided({"0", "", "978300760", "x", "978302109"});
  EXPECT_EQ(column.kind(), TimeKind::kClock);
  int64_t time = 0;
  EXPECT_FALSE(column.parse("0", 2, &time));
  EXPECT_TRUE(column.parse("978300760", 4, &time));
  EXPECT_NE(column.expected().find("seconds since 1970 as in line 4 ('978300760')"),
            std::string::npos)
      << column.expected();
  EXPECT_EQ(decided({"978300760", "1", "2", "3"}).kind(), TimeKind::kOrder);
  EXPECT_EQ(decided({"978300760", "1"}).kind(), TimeKind::kClock);  // of equally many the first
}

TEST(TimeColumn, EightDigitsOfACalendarDayAreADate) {
  TimeColumn column = decided({"20010909", "20010910"});
  int64_t time = 0;
  EXPECT_TRUE(column.parse("20010909", 2, &time));
  EXPECT_EQ(column.kind(), TimeKind::kClock);
  EXPECT_EQ(time, parse_iso8601("2001-09-09"));
  EXPECT_EQ(decided({"20019909", "20010910", "20017000"}).kind(), TimeKind::kOrder);
  EXPECT_EQ(decided({"30010909"}).kind(), TimeKind::kOrder);
}

TEST(TimeColumn, OrderNumbersRefuseClockTimes) {
  TimeColumn column(TimeFormat::kAuto);
  int64_t time = 0;
  ASSERT_TRUE(column.parse("1", 2, &time));
  EXPECT_FALSE(column.parse("978300760", 3, &time));
}

TEST(TimeColumn, StatedUnitsOverruleWhatTheSizeSays) {
  TimeColumn seconds(TimeFormat::kSeconds);
  int64_t time = 0;
  EXPECT_TRUE(seconds.parse("0", 2, &time));
  EXPECT_TRUE(seconds.parse("-5", 2, &time));
  EXPECT_EQ(time, -5000);
  EXPECT_TRUE(seconds.parse("978300760000", 3, &time));  // looks like milliseconds
  EXPECT_EQ(time, 978'300'760'000'000);
  EXPECT_FALSE(seconds.parse("100000000000000", 4, &time));  // 1e14 s: not to be calculated with
  EXPECT_EQ(seconds.expected(), "seconds since 1970");
  TimeColumn order(TimeFormat::kOrder);
  EXPECT_TRUE(order.parse("5000000000", 2, &time));
  EXPECT_EQ(time, 5'000'000'000);
  EXPECT_EQ(order.kind(), TimeKind::kOrder);
  EXPECT_FALSE(order.parse("1.5", 2, &time));
}

TEST(TimeColumn, RefusesWhatIsNoNumber) {
  for (const char* text : {"", "nan", "inf", "-inf", "abc", "1e300", "99999999999999999999"}) {
    TimeColumn column(TimeFormat::kAuto);
    int64_t time = 0;
    EXPECT_FALSE(column.parse(text, 2, &time)) << text;
  }
}

}  // namespace
}  // namespace kaskad
