// Small files made by hand for the log tests.
#pragma once

#include <gtest/gtest.h>
#include <zlib.h>

#include <string>
#include <vector>

#include "kaskad/core/file.h"
#include "kaskad/log/event_rows.h"
#include "kaskad/log/table_rows.h"
#include "tests/temp_dir.h"

namespace kaskad {

inline std::string gzipped(const std::string& text) {
  z_stream stream = {};
  EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string packed(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

// All events of a log, copied.
struct Log {
  std::vector<std::string> user, item, action;
  std::vector<int64_t> time;
  std::vector<float> weight;
  TimeKind kind = TimeKind::kOrder;
  SkippedRows skipped;
  std::string description;

  std::string row(size_t i) const {
    return user[i] + " " + item[i] + " " + std::to_string(time[i]);
  }
};

inline Log read_all(EventReader& reader) {
  Log log;
  EventBatch batch;
  while (reader.next(batch)) {
    log.user.insert(log.user.end(), batch.user.begin(), batch.user.end());
    log.item.insert(log.item.end(), batch.item.begin(), batch.item.end());
    log.action.insert(log.action.end(), batch.action.begin(), batch.action.end());
    log.time.insert(log.time.end(), batch.time.begin(), batch.time.end());
    log.weight.insert(log.weight.end(), batch.weight.begin(), batch.weight.end());
  }
  log.kind = reader.time_kind();
  log.skipped = reader.skipped();
  log.description = reader.description();
  return log;
}

inline Log read_log(const std::string& path, const LogOptions& options = {}) {
  return read_all(*open_events(path, options));
}

inline Log parse_log(const std::string& text, const LogOptions& options = {},
                     const std::string& name = "log.csv") {
  return read_all(*open_events_in_memory(text, name, options));
}

// The message of the Error that `call` throws.
template <class Call>
std::string error_of(Call call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  ADD_FAILURE() << "no Error was thrown";
  return {};
}

inline std::string log_error(const std::string& text, const LogOptions& options = {},
                             const std::string& name = "log.csv") {
  return error_of([&] { parse_log(text, options, name); });
}

// A feature file with its cells as texts: "a|b" for lists, "1.5 2" for numbers.
struct Table {
  std::vector<FieldInfo> fields;
  std::vector<std::string> key;
  std::vector<size_t> line;
  std::vector<std::vector<std::string>> cells;  // (rows)(fields)
  SkippedRows skipped;
};

inline std::string cell_of(const FieldInfo& info, const FieldBatch& field, size_t row) {
  std::string text;
  if (info.type == FieldType::kNumber || info.type == FieldType::kVector) {
    for (size_t k = 0; k < info.dimension; ++k) {
      char number[32];
      std::snprintf(number, sizeof(number), "%g", field.numbers[row * info.dimension + k]);
      text += (k > 0 ? " " : "") + std::string(number);
    }
    return text;
  }
  for (uint32_t k = field.offsets[row]; k < field.offsets[row + 1]; ++k) {
    text += (k > field.offsets[row] ? "|" : "") + std::string(field.values[k]);
  }
  return text;
}

inline Table read_table(TableReader& reader) {
  Table table;
  table.fields = reader.fields();
  TableBatch batch;
  while (reader.next(batch)) {
    for (size_t row = 0; row < batch.rows(); ++row) {
      table.key.emplace_back(batch.key[row]);
      table.line.push_back(batch.line[row]);
      auto& cells = table.cells.emplace_back();
      for (size_t i = 0; i < table.fields.size(); ++i) {
        cells.push_back(cell_of(table.fields[i], batch.fields[i], row));
      }
    }
  }
  table.skipped = reader.skipped();
  return table;
}

inline Table parse_table(const std::string& text, const TableOptions& options = {},
                         const std::string& name = "items.csv") {
  return read_table(*open_table_in_memory(text, name, options));
}

}  // namespace kaskad
