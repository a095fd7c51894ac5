#include "kaskad/log/time_text.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <limits>
#include <vector>

#include "kaskad/core/error.h"
#include "kaskad/core/option_name.h"
#include "kaskad/log/text.h"

namespace kaskad {
namespace {

constexpr int64_t kMsPerMinute = 60'000;
constexpr size_t kMostVotes = 1000;  // cells that decide how a column is written

// Takes characters from the front of a text.
struct Cursor {
  std::string_view rest;

  bool skip(char c) {
    if (!rest.starts_with(c)) return false;
    rest.remove_prefix(1);
    return true;
  }
  // A number of exactly `digits` digits, at most `most`.
  bool number(size_t digits, int most, int* out) {
    if (rest.size() < digits) return false;
    int value = 0;
    for (size_t i = 0; i < digits; ++i) {
      if (rest[i] < '0' || rest[i] > '9') return false;
      value = value * 10 + (rest[i] - '0');
    }
    rest.remove_prefix(digits);
    *out = value;
    return value <= most;
  }
};

bool take_date(Cursor& cursor, int64_t* ms) {
  int year = 0, month = 0, day = 0;
  if (!cursor.number(4, 9999, &year)) return false;
  const bool dashes = cursor.skip('-');
  const bool slashes = !dashes && cursor.skip('/');
  if (!cursor.number(2, 12, &month)) return false;
  if ((dashes && !cursor.skip('-')) || (slashes && !cursor.skip('/'))) return false;
  if (!cursor.number(2, 31, &day)) return false;
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return false;
  *ms = std::chrono::sys_days(date).time_since_epoch().count() * int64_t{24 * 60} * kMsPerMinute;
  return true;
}

// ".789", ",789": thousandths, further digits are cut off.
bool take_fraction(Cursor& cursor, int64_t* ms) {
  if (!cursor.skip('.') && !cursor.skip(',')) return true;
  int64_t unit = 100;
  int digit = 0;
  if (!cursor.number(1, 9, &digit)) return false;
  do {
    *ms += digit * unit;
    unit /= 10;
  } while (cursor.number(1, 9, &digit));
  return true;
}

bool take_clock(Cursor& cursor, int64_t* ms) {
  int hour = 0, minute = 0, second = 0;
  if (!cursor.number(2, 23, &hour) || !cursor.skip(':') || !cursor.number(2, 59, &minute)) {
    return false;
  }
  *ms += (hour * 60 + minute) * kMsPerMinute;
  if (!cursor.skip(':')) return true;
  if (!cursor.number(2, 60, &second)) return false;  // 60: a leap second
  *ms += second * 1000;
  return take_fraction(cursor, ms);
}

// "Z", " UTC", "+01:00", "-0130", "+01" or nothing.
bool take_zone(Cursor& cursor, int64_t* ms) {
  cursor.skip(' ');
  if (cursor.skip('Z') || cursor.skip('z')) return true;
  if (cursor.rest == "UTC" || cursor.rest == "GMT") {
    cursor.rest = {};
    return true;
  }
  const bool east = cursor.skip('+');
  if (!east && !cursor.skip('-')) return true;
  int hours = 0, minutes = 0;
  if (!cursor.number(2, 18, &hours)) return false;
  if (cursor.skip(':') || !cursor.rest.empty()) {
    if (!cursor.number(2, 59, &minutes)) return false;
  }
  *ms -= (east ? 1 : -1) * (hours * 60 + minutes) * kMsPerMinute;
  return true;
}

struct Unit {
  TimeFormat format;
  double limit;  // magnitudes below it
  double to_ms;  // 0: not a clock
  const char* meaning;
};

constexpr Unit kUnits[] = {
    {TimeFormat::kOrder, 1e8, 0, "order numbers"},
    {TimeFormat::kSeconds, 1e11, 1e3, "seconds since 1970"},
    {TimeFormat::kMilliseconds, 1e14, 1, "milliseconds since 1970"},
    {TimeFormat::kMicroseconds, 1e17, 1e-3, "microseconds since 1970"},
    {TimeFormat::kNanoseconds, 9.2e18, 1e-6, "nanoseconds since 1970"},
};

const Unit* unit_of(TimeFormat format) {
  for (const Unit& unit : kUnits) {
    if (unit.format == format) return &unit;
  }
  return nullptr;
}

const Unit* unit_of_size(double value) {
  for (const Unit& unit : kUnits) {
    if (std::abs(value) < unit.limit) return &unit;
  }
  return nullptr;
}

// The limit of a unit that the user named: as far as milliseconds of 64 bits can be calculated
// with. Sizes that look like another unit are taken as said.
double farthest(const Unit& unit) {
  constexpr double kFarthestMs = 1e17, kFarthestNumber = 9e18;
  return unit.to_ms == 0 ? kFarthestNumber : std::min(kFarthestNumber, kFarthestMs / unit.to_ms);
}

// 20010203: eight digits that are a day of the last two centuries.
bool is_compact_date(std::string_view text) {
  return text.size() == 8 && text >= "19000101" && text < "21000101" && parse_iso8601(text);
}

// How one value is written, as far as it tells alone.
std::optional<TimeFormat> format_of(std::string_view text) {
  if (is_compact_date(text)) return TimeFormat::kIso8601;
  if (const auto value = to_number(text)) {
    const Unit* const unit = std::isfinite(*value) ? unit_of_size(*value) : nullptr;
    if (!unit) return std::nullopt;
    return unit->format;
  }
  if (parse_iso8601(text)) return TimeFormat::kIso8601;
  return std::nullopt;
}

bool is_whole(std::string_view text, int64_t* value) {
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), *value);
  return failure == std::errc() && end == text.data() + text.size();
}

// Rounds down, also before 1970.
int64_t floor_divide(int64_t value, int64_t by) { return value / by - (value % by < 0 ? 1 : 0); }

int64_t whole_to_ms(int64_t value, TimeFormat format) {
  switch (format) {
    case TimeFormat::kSeconds:
      return value * 1000;
    case TimeFormat::kMicroseconds:
      return floor_divide(value, 1'000);
    case TimeFormat::kNanoseconds:
      return floor_divide(value, 1'000'000);
    default:
      return value;
  }
}

// One value in `unit` that is at least `least` and below `limit` in magnitude.
bool parse_number(std::string_view text, const Unit& unit, double least, double limit,
                  int64_t* time) {
  int64_t whole = 0;
  if (is_whole(text, &whole)) {
    const double size = std::abs(static_cast<double>(whole));
    if (size >= limit || size < least) return false;
    *time = whole_to_ms(whole, unit.format);
    return true;
  }
  const auto value = to_number(text);
  if (!value || !(std::abs(*value) < limit) || std::abs(*value) < least) return false;
  if (unit.to_ms == 0 && *value != std::floor(*value)) return false;
  *time = static_cast<int64_t>(std::floor(unit.to_ms == 0 ? *value : *value * unit.to_ms));
  return true;
}

}  // namespace

std::optional<int64_t> parse_iso8601(std::string_view text) {
  Cursor cursor{trimmed(text)};
  int64_t ms = 0;
  if (!take_date(cursor, &ms)) return std::nullopt;
  if (!cursor.rest.empty()) {
    if (!cursor.skip('T') && !cursor.skip('t') && !cursor.skip(' ')) return std::nullopt;
    if (!take_clock(cursor, &ms) || !take_zone(cursor, &ms)) return std::nullopt;
  }
  if (!cursor.rest.empty()) return std::nullopt;
  return ms;
}

bool TimeColumn::parse(std::string_view text, size_t line, int64_t* time) {
  text = trimmed(text);
  if (format_ == TimeFormat::kAuto) decide({&text, 1}, {&line, 1});
  if (format_ == TimeFormat::kAuto) return false;
  if (format_ == TimeFormat::kIso8601) {
    const auto ms = parse_iso8601(text);
    if (ms) *time = *ms;
    return ms.has_value();
  }
  const Unit& unit = *unit_of(format_);
  double least = 0, limit = decided_line_ > 0 ? unit.limit : farthest(unit);
  if (decided_line_ > 0 && format_ != TimeFormat::kOrder) {
    least = kUnits[&unit - kUnits - 1].limit;  // smaller numbers are of another unit
  }
  return parse_number(text, unit, least, limit, time);
}

void TimeColumn::decide(std::span<const std::string_view> cells, std::span<const size_t> lines) {
  if (format_ != TimeFormat::kAuto) return;
  struct Votes {
    TimeFormat format;
    size_t count, first;
  };
  std::vector<Votes> votes;
  for (size_t row = 0; row < std::min(cells.size(), kMostVotes); ++row) {
    const auto format = format_of(trimmed(cells[row]));
    if (!format) continue;
    const auto known = std::find_if(votes.begin(), votes.end(),
                                    [&](const Votes& some) { return some.format == *format; });
    if (known == votes.end()) {
      votes.push_back({*format, 1, row});
    } else {
      ++known->count;
    }
  }
  const auto most = std::max_element(
      votes.begin(), votes.end(), [](const Votes& a, const Votes& b) { return a.count < b.count; });
  if (most == votes.end()) return;
  format_ = most->format;
  decided_line_ = lines[most->first];
  decided_by_ = trimmed(cells[most->first]);
}

std::string TimeColumn::expected() const {
  if (format_ == TimeFormat::kAuto) {
    return "a time: seconds, milliseconds or microseconds since 1970, ISO-8601, or order numbers";
  }
  const Unit* const unit = unit_of(format_);
  std::string meaning = unit ? unit->meaning : "an ISO-8601 time such as 2001-02-03T04:05:06Z";
  if (decided_line_ == 0) return meaning;
  const std::string option = option_name("--time");
  return meaning + " as in line " + std::to_string(decided_line_) + " (" + shown(decided_by_) +
         "); mixed time units are refused" + (option.empty() ? "" : ", " + option + " overrules");
}

}  // namespace kaskad
