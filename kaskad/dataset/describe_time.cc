#include "kaskad/dataset/describe_time.h"

#include <cstdio>
#include <limits>

#include "kaskad/core/day.h"
#include "kaskad/core/utc.h"

namespace kaskad {
namespace {

constexpr int64_t kMaxDays = 120;  // more bars than this are no picture

// A wrong unit can put events some thousand years apart; no period list is made of that.
constexpr int64_t kMaxSpanDays = 366 * 500;

// "2026-11"
std::string month_text(int64_t day) {
  std::string text = date_text(day);
  text.resize(text.rfind('-'));
  return text;
}

}  // namespace

std::string iso_time(int64_t milliseconds) {
  const int64_t day = day_of(milliseconds);
  const int64_t seconds = (milliseconds - day * kMillisecondsADay) / 1000;
  char text[32];
  std::snprintf(text, sizeof(text), "T%02d:%02d:%02dZ", static_cast<int>(seconds / 3600),
                static_cast<int>(seconds / 60 % 60), static_cast<int>(seconds % 60));
  return date_text(day) + text;
}

PeriodCounter::PeriodCounter(int64_t first_time, int64_t last_time) {
  first_day_ = day_of(first_time);
  const int64_t days = day_of(last_time) - first_day_ + 1;
  by_day_ = days <= kMaxDays;
  if (days > kMaxSpanDays) return;
  for (int64_t day = first_day_; day < first_day_ + days; ++day) {
    const std::string start = by_day_ ? date_text(day) : month_text(day);
    if (rows_.empty() || rows_.back().name != start) rows_.push_back({start, 0});
    slot_of_day_.push_back(static_cast<uint32_t>(rows_.size() - 1));
  }
}

void PeriodCounter::add(int64_t time) {
  if (!rows_.empty()) ++rows_[slot_of_day_[static_cast<size_t>(day_of(time) - first_day_)]].rows;
}

GapCounter::GapCounter() {
  constexpr double kMinute = 60, kHour = 3600, kDaySeconds = 86400;
  const double forever = std::numeric_limits<double>::max();
  rows_ = {{"same time", 0, 0, 0},
           {"under a second", 0, 1, 0},
           {"1 s to 1 min", 1, kMinute, 0},
           {"1 min to 1 h", kMinute, kHour, 0},
           {"1 h to 1 day", kHour, kDaySeconds, 0},
           {"1 to 7 days", kDaySeconds, 7 * kDaySeconds, 0},
           {"7 to 30 days", 7 * kDaySeconds, 30 * kDaySeconds, 0},
           {"30 to 365 days", 30 * kDaySeconds, 365 * kDaySeconds, 0},
           {"over a year", 365 * kDaySeconds, forever, 0}};
}

void GapCounter::add(int64_t milliseconds) {
  size_t row = 0;
  const double seconds = static_cast<double>(milliseconds) / 1000;
  if (milliseconds > 0) {
    row = 1;
    while (seconds >= rows_[row].to_seconds) ++row;
  }
  ++rows_[row].pairs;
}

}  // namespace kaskad
