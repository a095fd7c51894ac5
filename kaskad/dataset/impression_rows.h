// The rows of one or more files, with the cells that a form of impressions asks for by number. The
// lists are made of them in impression_log.cc.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kaskad/core/error.h"
#include "kaskad/log/rows.h"

namespace kaskad {

struct ImpressionFile {
  std::string name;  // for messages
  std::function<std::unique_ptr<RowSource>()> open;
};

// Which columns of a file hold the wanted cells, in the order in which the form numbers them;
// nothing for one that the file lacks. Throws Error when the form cannot do without.
using FindCells =
    std::function<std::vector<std::optional<size_t>>(const RowSource& rows, const std::string&)>;

class ImpressionRows {
 public:
  ImpressionRows(std::vector<ImpressionFile> files, FindCells find);

  // The next rows, of this file or of those after it; false behind the last. Throws Error on a row
  // that cannot be read, and on a file that lacks a cell which the first has.
  bool next();

  size_t size() const { return batch_.rows(); }
  const std::vector<size_t>& lines() const { return batch_.line; }
  bool has(size_t cell) const { return columns_[cell].has_value(); }
  const std::string& column_name(size_t cell) const { return names_[cell]; }
  std::string names() const;  // of all columns that are read
  // What the file itself says of a time column.
  TimeFormat time_format(size_t cell) const { return times_[cell]; }

  // Empty where the files lack it.
  std::string_view at(size_t cell, size_t row) const {
    return has(cell) ? batch_.columns[*columns_[cell]][row] : std::string_view();
  }
  const std::vector<std::string_view>& column(size_t cell) const {
    return batch_.columns[*columns_[cell]];
  }
  std::string id(size_t cell, size_t row) const;  // throws Error when it is empty
  Error fault(size_t cell, size_t row, const std::string& expected) const;

  uint64_t bytes_read() const;
  uint64_t bytes_total() const;  // of the files up to the one that is being read

 private:
  void open_next();

  std::vector<ImpressionFile> files_;
  FindCells find_;
  size_t opened_ = 0;
  uint64_t bytes_before_ = 0;  // of the files that are read
  std::unique_ptr<RowSource> rows_;
  RowBatch batch_;
  std::vector<std::optional<size_t>> columns_;  // (cells) place in the batch
  std::vector<std::string> names_;
  std::vector<TimeFormat> times_;
};

}  // namespace kaskad
