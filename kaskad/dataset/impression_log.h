// Logs of real impressions: what was shown to whom, where, and what came of it. Two forms:
//   long     a row an item: request_id, item_id, and where known user_id, timestamp, query,
//            position and action (empty: shown and left alone; an item with several actions has
//            several rows). A column that only says whether an action was taken (true or false, 1
//            or 0) is named after it.
//   trivago  a row an action of a session (the challenge of RecSys 2019): of click-outs, the
//            impressions as a|b|c with their prices, and the item that was clicked; the city that
//            was searched in is the query
// Any format that logs may have: CSV, Parquet, JSON lines. Read by `kaskad make-impressions`, list
// by list, so that a log of any length fits.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "kaskad/log/event_reader.h"

namespace kaskad {

enum class ImpressionForm { kLong, kTrivago };

ImpressionForm parse_impression_form(const std::string& text);  // throws Error

// Columns of the long form by name or number from 1; empty: found by their usual names; "none": not
// used. A column found as the request is not taken for the user, too, unless asked for.
struct ImpressionColumns {
  std::string request = {}, user = {}, item = {}, time = {}, query = {}, position = {}, action = {};
};

struct ImpressionOptions {
  ImpressionForm form = ImpressionForm::kLong;
  ImpressionColumns columns;
  uint32_t first_position = 1;  // what the log calls the first place
  // The long form: so many requests are held at once while their rows come in, so that requests
  // may mingle; a row of one that was given away already is an error.
  size_t open_requests = 10'000;
};

// One item of a list, with every action that it got.
struct LoggedItem {
  std::string item;
  uint32_t position = 0;  // place shown, from 1, the first of several; 0: not known
  std::vector<std::string> actions;
  std::vector<float> context;  // (contexts)
};

// The items in the order of the file. A request with several queries makes a list of each.
struct LoggedList {
  std::string request, user;  // an empty user is nobody
  int64_t time =
      0;  // milliseconds since 1970 UTC, or an order number: of the list where no time is
  std::vector<LoggedItem> items;
  std::string query = {};  // empty: none
};

// What the columns of a log tell, known from the start.
struct ImpressionFields {
  bool user = false, time = false, query = false;
  std::vector<std::string> contexts;  // "price"
  std::string description;            // "request_id, user_id, ...": the columns that are read
};

// Reads once, from front to back: lists in the order of their first rows.
class ImpressionReader {
 public:
  virtual ~ImpressionReader() = default;

  // False behind the last list. Throws Error naming file, line and column on bad input: a missing
  // id, a place that is no number, a request of two users or times, prices that do not fit the
  // impressions, a request whose rows are too far apart, a log without lists.
  virtual bool next(LoggedList& list) = 0;

  virtual const ImpressionFields& fields() const = 0;
  virtual TimeKind time_kind() const = 0;  // known after the first list

  // For progress; the total is of the files up to the one that is being read.
  virtual uint64_t bytes_read() const = 0;
  virtual uint64_t bytes_total() const = 0;
};

// The files are read as one log. Throws Error when a column is missing.
std::unique_ptr<ImpressionReader> open_impressions(const std::vector<std::string>& paths,
                                                   const ImpressionOptions& options = {});

// The same from memory, for fuzzing and tests; every format but Parquet.
std::unique_ptr<ImpressionReader> open_impressions_in_memory(const std::string& bytes,
                                                             const std::string& name,
                                                             const ImpressionOptions& options = {});

}  // namespace kaskad
