#include "kaskad/log/part_files.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>

#include "kaskad/core/error.h"
#include "kaskad/log/format.h"

namespace kaskad {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> files_of(const std::string& directory) {
  if (!fs::is_directory(directory)) {
    throw Error("'" + directory + "' is no directory; expected one of part files");
  }
  std::vector<std::string> files;
  for (const auto& entry : fs::directory_iterator(directory)) {
    const std::string name = entry.path().filename().string();
    if (name.front() != '_' && name.front() != '.') files.push_back(entry.path().string());
  }
  if (files.empty()) throw Error("'" + directory + "' is empty; expected part files");
  std::sort(files.begin(), files.end());
  return files;
}

size_t place_of(const RowSource& source, const std::string& column, const std::string& file) {
  const auto& columns = source.columns();
  const auto found = std::find_if(columns.begin(), columns.end(),
                                  [&](const RowColumn& one) { return one.name == column; });
  if (found != columns.end()) return static_cast<size_t>(found - columns.begin());
  std::string names;
  for (const RowColumn& one : columns) names += (names.empty() ? "" : ", ") + one.name;
  throw data_error(file, 0, "", "columns " + names, "one that is called '" + column + "'");
}

template <typename Number>
bool parse(std::string_view text, Number& value) {
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  return failure == std::errc() && end == text.data() + text.size();
}

}  // namespace

PartFiles::PartFiles(const std::string& directory, std::vector<std::string> columns)
    : columns_(std::move(columns)), files_(files_of(directory)) {}

void PartFiles::open_next() {
  const std::string& file = files_[opened_++];
  source_ = open_rows(file, {});
  std::vector<size_t> places;
  for (const std::string& column : columns_) places.push_back(place_of(*source_, column, file));
  source_->select(places);
}

bool PartFiles::next() {
  while (!source_ || !source_->next(batch_)) {
    if (opened_ == files_.size()) return false;
    open_next();
  }
  if (batch_.faults.empty()) return true;
  const RowFault& fault = batch_.faults.front();
  throw data_error(files_[opened_ - 1], fault.line, fault.column, fault.found, fault.expected);
}

int64_t PartFiles::whole(size_t column, size_t row, int64_t least, int64_t most) const {
  int64_t value = 0;
  if (parse(text(column, row), value) && value >= least && value <= most) return value;
  std::string expected = "a whole number";
  if (least != INT64_MIN) expected += " from " + std::to_string(least);
  if (most != INT64_MAX) expected += " to " + std::to_string(most);
  refuse(column, row, expected);
}

double PartFiles::number(size_t column, size_t row) const {
  double value = 0;
  if (parse(text(column, row), value) && std::isfinite(value)) return value;
  refuse(column, row, "a finite number");
}

void PartFiles::refuse(size_t column, size_t row, const std::string& expected) const {
  throw data_error(files_[opened_ - 1], batch_.line[row], columns_[column],
                   "'" + std::string(text(column, row)) + "'", expected);
}

}  // namespace kaskad
