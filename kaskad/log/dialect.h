// What the first lines of a delimited text tell: how its cells are kept apart and what the
// columns are called. Used by the registry to recognise formats and by the formats to begin.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace kaskad {

// How one line is cut into cells.
struct Dialect {
  std::string delimiter = ",";
  bool quotes = true;   // "a ""b""" may hold delimiters and line breaks
  bool latin1 = false;  // bytes that are not UTF-8 are ISO-8859-1
};

// The first lines that are not blank, without line breaks; at most `count`.
std::vector<std::string_view> first_lines(std::string_view text, size_t count);

// Cells of one line; good enough for lines whose quoted cells hold no line break.
std::vector<std::string> split_line(std::string_view line, const Dialect& dialect);

// The delimiter that cuts all lines into the same number (two or more) of cells; "," when none.
std::string sniff_delimiter(const std::vector<std::string_view>& lines, bool quotes);

// "user_id:token" for every cell of a tab-separated line.
bool is_recbole_header(std::string_view line);

// Whether a cell of the line is a column name that the readers look for.
bool has_usual_name(const std::vector<std::string>& cells);

// Words between runs of spaces and tabs.
size_t count_words(std::string_view line);

}  // namespace kaskad
