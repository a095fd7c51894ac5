// Logs of real impressions: what was shown to whom, where, and what came of it. Two forms:
//   long     a row an item: request_id, user_id, item_id, timestamp, and where known position and
//            action (empty: shown and left alone; an item with several actions has several rows)
//   trivago  a row an action of a session (the challenge of RecSys 2019): of click-outs, the
//            impressions as a|b|c with their prices, and the item that was clicked
// Any format that logs may have: CSV, Parquet, JSON lines.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "kaskad/log/event_reader.h"

namespace kaskad {

enum class ImpressionForm { kLong, kTrivago };

ImpressionForm parse_impression_form(const std::string& text);  // throws Error

// One item of a list, with every action that it got.
struct LoggedItem {
  std::string item;
  uint32_t position = 0;  // place shown, from 1; 0: not known
  std::vector<std::string> actions;
  std::vector<float> context;  // (contexts)
};

// The items in the order of the file.
struct LoggedList {
  std::string request, user;
  int64_t time = 0;  // milliseconds since 1970 UTC, or an order number
  std::vector<LoggedItem> items;
};

struct ImpressionLog {
  TimeKind time_kind = TimeKind::kClock;
  std::vector<std::string> contexts;  // "price"
  std::vector<LoggedList> lists;      // in the order of their first rows
};

// Throws Error naming file, line and column on bad input: a missing id, a place that is no number,
// a request of two users or times, prices that do not fit the impressions.
ImpressionLog read_impression_log(const std::string& path, ImpressionForm form);

// The same from memory, for fuzzing and tests; every format but Parquet.
ImpressionLog read_impression_log_in_memory(const std::string& bytes, const std::string& name,
                                            ImpressionForm form);

}  // namespace kaskad
