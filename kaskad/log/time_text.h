// Reads the time column: clock times in their usual spellings, or numbers that only order.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "kaskad/log/event_reader.h"

namespace kaskad {

// "2001-02-03T04:05:06.789+01:00" and shorter forms (see TimeFormat::kIso8601), also 20010203, as
// milliseconds since 1970 UTC. nullopt when it is no such time or no day of the calendar.
std::optional<int64_t> parse_iso8601(std::string_view text);

// The times of one column. With kAuto the first value decides how all are written, by its form
// and size: below 1e8 an order number, below 1e11 seconds, 1e14 milliseconds, 1e17 microseconds.
class TimeColumn {
 public:
  explicit TimeColumn(TimeFormat format) : format_(format) {}

  // False when `text` is no time of the column's format; expected() says what that is.
  bool parse(std::string_view text, size_t line, int64_t* time);

  std::string expected() const;
  TimeKind kind() const {
    return format_ == TimeFormat::kOrder ? TimeKind::kOrder : TimeKind::kClock;
  }

 private:
  bool decide(std::string_view text, size_t line);

  TimeFormat format_;
  size_t decided_line_ = 0;  // 0: the format was given
  std::string decided_by_;
};

}  // namespace kaskad
