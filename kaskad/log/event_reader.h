// The contract of every input format: a log is a stream of batches of interaction events.
// dataset/ consumes it; the formats do not know each other.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "kaskad/core/error.h"
#include "kaskad/core/progress.h"

namespace kaskad {

// What to do with a row that cannot be read.
enum class OnError { kFail, kSkip };

// How the time column is written. kAuto looks at the values and refuses a mixture.
enum class TimeFormat {
  kAuto,
  kSeconds,
  kMilliseconds,
  kMicroseconds,
  kNanoseconds,
  kIso8601,  // 2001-02-03, 2001-02-03T04:05:06.789Z, 2001-02-03 04:05+01:00; no zone is UTC
  kOrder,    // whole numbers that only tell the order
  kNone      // the time column, if any, is not used
};

// What the stored times mean. kOrder: only the order within a user is known (numbers that are
// no clock, or no time column at all: then the row number in the file).
enum class TimeKind { kClock, kOrder };

// Whether the first line of delimited text holds the column names. kAuto: it does, unless columns
// are asked for by number and no cell of the line is a usual name.
enum class HeaderLine { kAuto, kYes, kNo };

struct LogOptions {
  // csv, tsv, jsonl, parquet, movielens, recbole, sequence; empty: told by name and content.
  std::string format;
  // One character or several, as "::"; empty: sniffed from the first lines.
  std::string delimiter;
  HeaderLine header = HeaderLine::kAuto;
  bool quotes = true;  // false: a quotation mark in CSV or TSV is a character like any other
  // Column names, or numbers from 1; empty: the usual names are looked for (user_id, uid, userId,
  // user, ...). "none" leaves the weight or the action out.
  std::string user_column, item_column, time_column, weight_column, action_column;
  TimeFormat time = TimeFormat::kAuto;
  OnError on_error = OnError::kFail;
  int threads = 2;
};

// Columns of equal length. The views live until the next call of next().
struct EventBatch {
  std::vector<std::string_view> user, item;  // ids as written, never empty
  std::vector<int64_t> time;                 // milliseconds since 1970 UTC, or order numbers
  std::vector<float> weight;                 // finite; 1 without a weight column
  std::vector<std::string_view> action;      // empty vector without an action column

  size_t size() const { return user.size(); }
};

struct SkippedRow {
  size_t line;      // 1-based line or row of the file
  std::string why;  // the text that kFail would have thrown
};

// Rows that were left out under OnError::kSkip: all are counted, the first few kept.
struct SkippedRows {
  uint64_t count = 0;
  std::vector<SkippedRow> examples;  // at most 10
};

// Reads one file once, from front to back. Not thread-safe; may use threads inside.
class EventReader {
 public:
  virtual ~EventReader() = default;

  // Fills `batch` with the next rows (it is cleared first); false at the end of the log.
  // Throws Error naming file, line and column on bad input, and at the end of a log most of whose
  // rows were skipped.
  virtual bool next(EventBatch& batch) = 0;

  // Valid after the last batch.
  virtual TimeKind time_kind() const = 0;
  virtual const SkippedRows& skipped() const = 0;

  virtual bool has_weight() const = 0;
  virtual bool has_action() const = 0;

  // Bytes read so far and the size of the file, for progress.
  virtual uint64_t bytes_read() const = 0;
  virtual uint64_t bytes_total() const = 0;

  // "csv, gzip, columns user_id item_id timestamp rating": what was recognised.
  virtual std::string description() const = 0;
};

// A column that the options name is not in the file.
class MissingColumn : public Error {
 public:
  using Error::Error;
};

std::unique_ptr<EventReader> open_events(const std::string& path, const LogOptions& options = {});

}  // namespace kaskad
