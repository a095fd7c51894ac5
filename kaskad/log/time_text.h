// Reads the time column: clock times in their usual spellings, or numbers that only order.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "kaskad/log/event_reader.h"

namespace kaskad {

// "2001-02-03T04:05:06.789+01:00" and shorter forms (see TimeFormat::kIso8601), also 20010203, as
// milliseconds since 1970 UTC. nullopt when it is no such time or no day of the calendar.
std::optional<int64_t> parse_iso8601(std::string_view text);

// The times of one column. With kAuto most of the first values decide how all are written, by
// their form and size: a day of the calendar as 20010203 is a date, numbers below 1e8 are order
// numbers, below 1e11 seconds, 1e14 milliseconds, 1e17 microseconds.
class TimeColumn {
 public:
  explicit TimeColumn(TimeFormat format) : format_(format) {}

  // Decides by the form that most of the cells have; of equally many, the first. Without effect
  // where the format is known, or no cell is a time.
  void decide(std::span<const std::string_view> cells, std::span<const size_t> lines);

  // When nothing was decided, `text` decides. False when `text` is no time of the column's format;
  // expected() says what that is.
  bool parse(std::string_view text, size_t line, int64_t* time);

  std::string expected() const;
  TimeKind kind() const {
    return format_ == TimeFormat::kOrder ? TimeKind::kOrder : TimeKind::kClock;
  }

 private:
  TimeFormat format_;
  size_t decided_line_ = 0;  // 0: the format was given
  std::string decided_by_;
};

}  // namespace kaskad
