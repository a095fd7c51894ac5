// The inner contract of every format: a file is a stream of batches of text cells. The event and
// table readers give the cells their meaning; the formats only find them. See format.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kaskad/log/table_reader.h"

namespace kaskad {

// Cells that hold a list (a JSON array, a Parquet list) are written as mark a mark b mark c.
inline constexpr char kListMark = '\x1f';

struct RowColumn {
  std::string name;
  std::optional<TimeFormat> time;  // the file's own word on a time column (Parquet timestamps)
  std::optional<FieldType> type;   // the file's own word on a feature
  char list_separator = 0;         // between the values of a cell of a declared list
};

// A row that cannot be read, found before row `row` of the batch.
struct RowFault {
  size_t row;
  size_t line;
  std::string found, expected;
  std::string column;  // empty: the whole row
};

// The views live until the next call of next().
struct RowBatch {
  std::vector<std::vector<std::string_view>> columns;  // (selected)(rows); empty: no value
  std::vector<size_t> line;                            // 1-based
  std::vector<RowFault> faults;                        // in the order of the file

  size_t rows() const { return line.size(); }
  bool nothing() const { return line.empty() && faults.empty(); }
  void reset(size_t selected);
};

class RowSource {
 public:
  virtual ~RowSource() = default;

  virtual const std::vector<RowColumn>& columns() const = 0;
  virtual bool has_header() const { return true; }  // false: the columns are called 1, 2, ...

  // Which columns next() fills, in this order. Called once, before next().
  virtual void select(const std::vector<size_t>& columns) = 0;
  // False at the end, and only then is the batch without rows and faults. Throws Error when the
  // file as a whole is damaged.
  virtual bool next(RowBatch& batch) = 0;

  virtual uint64_t bytes_read() const = 0;
  virtual uint64_t bytes_total() const = 0;
  virtual std::string description() const = 0;  // "csv, gzip"
};

inline void RowBatch::reset(size_t selected) {
  columns.resize(selected);
  for (auto& column : columns) column.clear();
  line.clear();
  faults.clear();
}

}  // namespace kaskad
