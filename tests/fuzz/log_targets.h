// What the fuzz entries of kaskad/log do with their bytes; tests/log runs the same functions over
// a few nasty seeds, so that compilers without libFuzzer check them too. Any input must end in
// batches that keep their promises or in an Error; a broken promise aborts.
#pragma once

#include <cmath>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "kaskad/core/error.h"
#include "kaskad/log/event_rows.h"
#include "kaskad/log/table_rows.h"
#include "kaskad/log/time_text.h"

namespace kaskad::fuzz {

inline void promise(bool kept) {
  if (!kept) std::abort();
}

// Rows and skipped rows; nothing after an Error.
struct Outcome {
  size_t rows = 0;
  uint64_t skipped = 0;
};

inline std::optional<Outcome> read_events(const std::string& bytes, const LogOptions& options) {
  try {
    const auto reader = open_events_in_memory(bytes, "fuzz", options);
    EventBatch batch;
    Outcome outcome;
    while (reader->next(batch)) {
      promise(batch.size() > 0);
      promise(batch.item.size() == batch.size() && batch.time.size() == batch.size());
      promise(batch.weight.size() == batch.size());
      promise(batch.action.size() == (reader->has_action() ? batch.size() : 0));
      for (size_t i = 0; i < batch.size(); ++i) {
        promise(!batch.user[i].empty() && !batch.item[i].empty());
        promise(batch.user[i].find('\0') == std::string_view::npos);
        promise(std::isfinite(batch.weight[i]));
      }
      outcome.rows += batch.size();
    }
    outcome.skipped = reader->skipped().count;
    return outcome;
  } catch (const Error&) {
    return std::nullopt;
  }
}

// Skipping changes nothing where failing finds no fault.
inline void events(std::string_view bytes, LogOptions options) {
  options.threads = 1;
  const std::string text(bytes);
  const auto strict = read_events(text, options);
  options.on_error = OnError::kSkip;
  const auto lenient = read_events(text, options);
  if (strict) promise(lenient && lenient->rows == strict->rows && lenient->skipped == 0);
}

inline void table(std::string_view bytes, const std::string& format) {
  TableOptions options;
  options.format = format;
  options.threads = 1;
  options.on_error = OnError::kSkip;
  try {
    const auto reader = open_table_in_memory(std::string(bytes), "fuzz", options);
    TableBatch batch;
    while (reader->next(batch)) {
      promise(batch.line.size() == batch.rows());
      promise(batch.fields.size() == reader->fields().size());
      for (size_t i = 0; i < batch.fields.size(); ++i) {
        const FieldInfo& info = reader->fields()[i];
        const FieldBatch& field = batch.fields[i];
        if (info.type == FieldType::kNumber || info.type == FieldType::kVector) {
          promise(field.numbers.size() == batch.rows() * info.dimension);
        } else {
          promise(field.offsets.size() == batch.rows() + 1);
          promise(field.offsets.back() == field.values.size());
        }
      }
    }
  } catch (const Error&) {
  }
}

inline LogOptions format(const char* name) {
  LogOptions options;
  options.format = name;
  return options;
}

inline void delimited(std::string_view bytes) {
  events(bytes, format("csv"));
  LogOptions numbered;
  numbered.user_column = "1";
  numbered.item_column = "2";
  numbered.time_column = "3";
  events(bytes, numbered);
  table(bytes, "csv");
}

inline void movielens(std::string_view bytes) {
  events(bytes, format("movielens"));
  table(bytes, "movielens");
}

inline void recbole(std::string_view bytes) {
  events(bytes, format("recbole"));
  table(bytes, "recbole");
}

inline void sequence(std::string_view bytes) { events(bytes, format("sequence")); }

inline void jsonl(std::string_view bytes) {
  events(bytes, format("jsonl"));
  table(bytes, "jsonl");
}

inline void attributes(std::string_view bytes) { table(bytes, "attributes"); }

// Whatever the bytes look like, gzip among it.
inline void any_format(std::string_view bytes) {
  events(bytes, {});
  table(bytes, "");
}

inline void gzip(std::string_view bytes) { any_format("\x1f\x8b" + std::string(bytes)); }

inline void time_text(std::string_view bytes) {
  for (const TimeFormat written :
       {TimeFormat::kAuto, TimeFormat::kSeconds, TimeFormat::kMilliseconds,
        TimeFormat::kMicroseconds, TimeFormat::kNanoseconds, TimeFormat::kIso8601,
        TimeFormat::kOrder}) {
    TimeColumn column(written);
    int64_t time = 0;
    const bool first = column.parse(bytes, 1, &time);
    const int64_t once = time;
    promise(!column.expected().empty());
    // What was accepted once is accepted again, and means the same.
    if (first) promise(column.parse(bytes, 2, &time) && time == once);
  }
}

}  // namespace kaskad::fuzz
