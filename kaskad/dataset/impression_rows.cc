#include "kaskad/dataset/impression_rows.h"

#include <utility>

namespace kaskad {

ImpressionRows::ImpressionRows(std::vector<ImpressionFile> files, FindCells find)
    : files_(std::move(files)), find_(std::move(find)) {
  KASKAD_ASSERT(!files_.empty());
  open_next();
}

void ImpressionRows::open_next() {
  if (rows_) bytes_before_ += rows_->bytes_total();
  const ImpressionFile& file = files_[opened_++];
  rows_ = file.open();
  const auto found = find_(*rows_, file.name);
  std::vector<size_t> selected;
  std::vector<std::optional<size_t>> columns;
  names_.assign(found.size(), "");
  times_.assign(found.size(), TimeFormat::kAuto);
  for (size_t cell = 0; cell < found.size(); ++cell) {
    columns.emplace_back();
    if (!found[cell]) continue;
    const RowColumn& column = rows_->columns()[*found[cell]];
    columns.back() = selected.size();
    selected.push_back(*found[cell]);
    names_[cell] = column.name;
    times_[cell] = column.time.value_or(TimeFormat::kAuto);
  }
  if (opened_ > 1 && columns != columns_) {
    throw data_error(file.name, 0, "", "other columns of impressions than before",
                     "those that '" + files_.front().name + "' has");
  }
  columns_ = std::move(columns);
  rows_->select(selected);
}

bool ImpressionRows::next() {
  while (!rows_->next(batch_)) {
    if (opened_ == files_.size()) return false;
    open_next();
  }
  if (!batch_.faults.empty()) {
    const RowFault& fault = batch_.faults.front();
    throw data_error(files_[opened_ - 1].name, fault.line, fault.column, fault.found,
                     fault.expected);
  }
  return true;
}

Error ImpressionRows::fault(size_t cell, size_t row, const std::string& expected) const {
  return data_error(files_[opened_ - 1].name, batch_.line[row], names_[cell],
                    "'" + std::string(at(cell, row)) + "'", expected);
}

std::string ImpressionRows::id(size_t cell, size_t row) const {
  if (at(cell, row).empty()) throw fault(cell, row, "an id");
  return std::string(at(cell, row));
}

std::string ImpressionRows::names() const {
  std::string text;
  for (size_t cell = 0; cell < names_.size(); ++cell) {
    if (has(cell)) text += (text.empty() ? "" : ", ") + names_[cell];
  }
  return text;
}

uint64_t ImpressionRows::bytes_read() const { return bytes_before_ + rows_->bytes_read(); }
uint64_t ImpressionRows::bytes_total() const { return bytes_before_ + rows_->bytes_total(); }

}  // namespace kaskad
