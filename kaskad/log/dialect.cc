#include "kaskad/log/dialect.h"

#include <algorithm>
#include <array>

#include "kaskad/log/column_names.h"

namespace kaskad {
namespace {

constexpr std::array<std::string_view, 6> kDelimiters = {"::", "\t", ",", ";", "|", " "};
constexpr std::array<std::string_view, 4> kRecBoleTypes = {"token", "token_seq", "float",
                                                           "float_seq"};

std::string take_quoted(std::string_view line, size_t& at) {
  std::string cell;
  for (++at; at < line.size(); ++at) {
    if (line[at] != '"') {
      cell += line[at];
    } else if (at + 1 < line.size() && line[at + 1] == '"') {
      cell += line[at++];
    } else {
      ++at;
      break;
    }
  }
  return cell;
}

bool is_space(char c) { return c == ' ' || c == '\t'; }

}  // namespace

std::vector<std::string_view> first_lines(std::string_view text, size_t count) {
  std::vector<std::string_view> lines;
  while (!text.empty() && lines.size() < count) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!line.empty()) lines.push_back(line);
  }
  return lines;
}

std::vector<std::string> split_line(std::string_view line, const Dialect& dialect) {
  std::vector<std::string> cells;
  size_t at = 0;
  while (true) {
    std::string cell;
    if (dialect.quotes && at < line.size() && line[at] == '"') cell = take_quoted(line, at);
    const size_t end = std::min(line.find(dialect.delimiter, at), line.size());
    cells.push_back(cell.append(line.substr(at, end - at)));
    if (end == line.size()) return cells;
    at = end + dialect.delimiter.size();
  }
}

std::string sniff_delimiter(const std::vector<std::string_view>& lines, bool quotes) {
  for (const std::string_view delimiter : kDelimiters) {
    const Dialect dialect{std::string(delimiter), quotes};
    size_t cells = 0;
    const bool same = std::all_of(lines.begin(), lines.end(), [&](std::string_view line) {
      const size_t n = split_line(line, dialect).size();
      if (cells == 0) cells = n;
      return n == cells;
    });
    if (same && cells >= 2) return std::string(delimiter);
  }
  // Some line is broken: believe the first one, which is the header.
  for (const std::string_view delimiter : kDelimiters) {
    if (!lines.empty() && split_line(lines[0], {std::string(delimiter), quotes}).size() >= 2) {
      return std::string(delimiter);
    }
  }
  return ",";
}

bool is_recbole_header(std::string_view line) {
  const std::vector<std::string> cells = split_line(line, {"\t", false});
  return std::all_of(cells.begin(), cells.end(), [](std::string_view cell) {
    const size_t colon = cell.rfind(':');
    return colon != std::string_view::npos && colon > 0 &&
           std::find(kRecBoleTypes.begin(), kRecBoleTypes.end(), cell.substr(colon + 1)) !=
               kRecBoleTypes.end();
  });
}

bool has_usual_name(const std::vector<std::string>& cells) {
  return std::any_of(cells.begin(), cells.end(),
                     [](const std::string& cell) { return is_usual_name(cell); });
}

size_t count_words(std::string_view line) {
  size_t words = 0;
  for (size_t i = 0; i < line.size(); ++i) {
    words += !is_space(line[i]) && (i == 0 || is_space(line[i - 1]));
  }
  return words;
}

}  // namespace kaskad
