#include "kaskad/log/field_values.h"

#include <algorithm>
#include <cmath>

#include "kaskad/log/rows.h"
#include "kaskad/log/text.h"

namespace kaskad {
namespace {

constexpr std::string_view kBetweenNumbers = " \t,;|[]\x1f";

bool in_brackets(std::string_view cell) {
  return cell.size() >= 2 && cell.front() == '[' && cell.back() == ']';
}

// ' "drama" ' -> 'drama'
std::string_view bare(std::string_view part) {
  part = trimmed(part);
  if (part.size() >= 2 && part.front() == part.back() &&
      (part.front() == '"' || part.front() == '\'')) {
    part = part.substr(1, part.size() - 2);
  }
  return part;
}

}  // namespace

void split_list(std::string_view cell, char separator, std::vector<std::string_view>& parts) {
  parts.clear();
  char between = separator != 0 ? separator : '|';
  if (cell.starts_with(kListMark)) {
    between = kListMark;
  } else if (in_brackets(trimmed(cell))) {
    cell = trimmed(cell);
    cell = cell.substr(1, cell.size() - 2);
    between = ',';
  }
  while (!cell.empty()) {
    const size_t end = std::min(cell.find(between), cell.size());
    std::string_view part = cell.substr(0, end);
    part = between == ',' ? bare(part) : trimmed(part);
    if (!part.empty()) parts.push_back(part);
    cell.remove_prefix(std::min(end + 1, cell.size()));
  }
}

bool split_numbers(std::string_view cell, std::vector<float>& numbers) {
  numbers.clear();
  while (true) {
    const size_t begin = cell.find_first_not_of(kBetweenNumbers);
    if (begin == std::string_view::npos) return true;
    const size_t end = std::min(cell.find_first_of(kBetweenNumbers, begin), cell.size());
    const auto value = to_number(cell.substr(begin, end - begin));
    if (!value || !std::isfinite(static_cast<float>(*value))) return false;
    numbers.push_back(static_cast<float>(*value));
    cell.remove_prefix(end);
  }
}

void FieldGuess::see(std::string_view cell) {
  cell = trimmed(cell);
  if (cell.empty()) return;
  any_ = true;
  const bool list = cell.front() == kListMark || in_brackets(cell) ||
                    cell.find(separator_ != 0 ? separator_ : '|') != std::string_view::npos;
  if (vectors_ || list) see_list(cell);
  lists_ |= list;
  if (numbers_) {
    const auto value = to_number(cell);
    numbers_ = value.has_value();
    whole_ &= value && std::isfinite(*value) && *value == std::floor(*value) &&
              cell.find_first_of(".eE") == std::string_view::npos;
    leading_zero_ |= cell.size() > 1 && cell[0] == '0' && cell[1] != '.';
    if (codes_.size() <= kMostCodes) codes_.emplace(cell);
  }
}

// A vector is numbers, as many in every cell, and one at least is written with a point.
void FieldGuess::see_list(std::string_view cell) {
  if (!vectors_) return;
  vectors_ = split_numbers(cell, scratch_) && (dimension_ == 0 || scratch_.size() == dimension_);
  if (dimension_ == 0) dimension_ = scratch_.size();
  fractions_ |= cell.find('.') != std::string_view::npos;
}

FieldType FieldGuess::type() const {
  if (!any_) return FieldType::kCategorical;
  if (vectors_ && fractions_ && dimension_ > 1) return FieldType::kVector;
  if (lists_) return FieldType::kMultiValued;
  if (!numbers_ || leading_zero_) return FieldType::kCategorical;
  return whole_ && codes_.size() <= kMostCodes ? FieldType::kCategorical : FieldType::kNumber;
}

}  // namespace kaskad
