// What the forms of impressions share; one file a form implements it. Used in impression_log.cc.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kaskad/core/error.h"
#include "kaskad/dataset/impression_log.h"
#include "kaskad/dataset/impression_rows.h"
#include "kaskad/log/time_text.h"

namespace kaskad {

// Rows one by one, with the time of each.
class ImpressionRowReader : public ImpressionReader {
 public:
  ImpressionRowReader(std::vector<ImpressionFile> files, FindCells find, size_t time_cell)
      : rows_(std::move(files), std::move(find)), time_cell_(time_cell) {
    fields_.time = rows_.has(time_cell);
    fields_.description = rows_.names();
    times_.emplace(fields_.time ? rows_.time_format(time_cell) : TimeFormat::kOrder);
  }

  const ImpressionFields& fields() const override { return fields_; }
  TimeKind time_kind() const override { return times_->kind(); }
  uint64_t bytes_read() const override { return rows_.bytes_read(); }
  uint64_t bytes_total() const override { return rows_.bytes_total(); }

 protected:
  bool next_row() {
    if (row_ + 1 < rows_.size()) {
      ++row_;
      return true;
    }
    do {
      if (ended_ || !rows_.next()) {
        ended_ = true;
        return false;
      }
    } while (rows_.size() == 0);
    row_ = 0;
    if (fields_.time) times_->decide(rows_.column(time_cell_), rows_.lines());
    return true;
  }

  std::string_view cell(size_t number) const { return rows_.at(number, row_); }
  std::string id(size_t number) const { return rows_.id(number, row_); }
  Error fault(size_t number, const std::string& expected) const {
    return rows_.fault(number, row_, expected);
  }

  int64_t time() {
    int64_t time = 0;
    if (!times_->parse(cell(time_cell_), rows_.lines()[row_], &time)) {
      throw fault(time_cell_, times_->expected());
    }
    return time;
  }

  // Ends next(): a log without any list is no log of impressions.
  bool end(const std::string& file) {
    if (lists_ == 0) throw data_error(file, 0, "", "no impressions", "at least one list");
    return false;
  }

  ImpressionRows rows_;
  ImpressionFields fields_;
  size_t lists_ = 0;  // begun

 private:
  const size_t time_cell_;
  std::optional<TimeColumn> times_;
  size_t row_ = 0;
  bool ended_ = false;
};

std::unique_ptr<ImpressionReader> read_long(std::vector<ImpressionFile> files,
                                            const ImpressionOptions& options);
std::unique_ptr<ImpressionReader> read_trivago(std::vector<ImpressionFile> files);

}  // namespace kaskad
