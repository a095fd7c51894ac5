// How a cell of a feature file is cut into values, and what type a column without a declared one
// has. Used by table_rows.cc.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "kaskad/log/table_reader.h"

namespace kaskad {

// The texts of a list cell: what rows.h writes, "[a, 'b']", parts between `separator`, or between
// '|' when that is 0. Empty parts are left out.
void split_list(std::string_view cell, char separator, std::vector<std::string_view>& parts);

// The numbers of a vector cell, between brackets, commas, semicolons, bars or spaces. False when
// a part is no finite number.
bool split_numbers(std::string_view cell, std::vector<float>& numbers);

// Looks at all cells of a column.
class FieldGuess {
 public:
  explicit FieldGuess(char separator) : separator_(separator) {}

  void see(std::string_view cell);
  FieldType type() const;
  // Numbers in the first cell that has any; for vectors.
  size_t dimension() const { return dimension_; }

 private:
  void see_list(std::string_view cell);

  static constexpr size_t kMostCodes = 32;

  char separator_;
  bool lists_ = false;         // some cell is a list
  bool vectors_ = true;        // every cell is as many numbers as the first
  bool fractions_ = false;     // ... and some number has a point
  bool numbers_ = true;        // every cell is one number
  bool whole_ = true;          // ... without fraction
  bool leading_zero_ = false;  // 00501 is a code
  bool any_ = false;           // some cell is not empty
  size_t dimension_ = 0;
  std::unordered_set<std::string> codes_;  // at most kMostCodes + 1
  std::vector<float> scratch_;
};

}  // namespace kaskad
