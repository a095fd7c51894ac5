// One table that a job on a cluster left in a directory as several files (part-00000-....parquet,
// or .csv), read as rows of named columns. Called by those who read counts that a cluster made
// (cooc/counted_pairs.cc, counters/counted_cells.cc).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "kaskad/log/rows.h"

namespace kaskad {

// Not thread-safe. Files are read in the order of their names; those whose name begins with '_' or
// '.' are the job's own and left alone.
class PartFiles {
 public:
  // Throws Error when the directory is missing or holds no file.
  PartFiles(const std::string& directory, std::vector<std::string> columns);

  // The next rows; false behind the last. Throws Error when a file lacks a column or is damaged.
  bool next();

  // Of these rows, by the place of the column in `columns`.
  size_t rows() const { return batch_.rows(); }
  std::string_view text(size_t column, size_t row) const { return batch_.columns[column][row]; }
  // These throw Error naming file, row and column when the cell is none of the kind.
  int64_t whole(size_t column, size_t row, int64_t least = INT64_MIN,
                int64_t most = INT64_MAX) const;
  double number(size_t column, size_t row) const;  // finite

  // "DIR/part-00001.parquet, line 7, column 'item': found '-3', expected ...".
  [[noreturn]] void refuse(size_t column, size_t row, const std::string& expected) const;

 private:
  void open_next();

  std::vector<std::string> columns_, files_;
  size_t opened_ = 0;
  std::unique_ptr<RowSource> source_;
  RowBatch batch_;
};

}  // namespace kaskad
