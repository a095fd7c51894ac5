// The parts a page is put together from, and document(), which makes one file of them: style
// and script inside, nothing loaded from anywhere (the page's own security policy forbids it).
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <utility>
#include <vector>

#include "kaskad/report/html.h"

namespace kaskad::html {

struct Section {
  std::string id;     // anchor, letters and dashes
  std::string title;  // also the entry in the contents line
  Html body;
};

struct Document {
  std::string title;              // of the browser's tab
  Html heading;                   // first screen: what the reader came for
  std::vector<Section> sections;  // those with an empty body are left out
  Html footer;
};

std::string document(const Document& page);

Html paragraph(const std::string& words);

// A box that must not be overlooked: warnings of the split, for example.
Html callout(const std::string& title, const std::vector<std::string>& lines);

// Small facts in one line: "users 6,040", "items 3,706".
Html facts(const std::vector<std::pair<std::string, std::string>>& pairs);

// A list of terms with their explanation.
Html definitions(const std::vector<std::pair<std::string, std::string>>& pairs);
// The same, and behind them what each metric is: an object of definitions by metric, or anything
// else for none.
Html definitions(std::vector<std::pair<std::string, std::string>> pairs,
                 const nlohmann::json& metrics);

// Boxes side by side, as many as the width allows.
Html boxes(const std::string& css_class, const std::vector<Html>& items);

struct Column {
  std::string title;
  enum class Kind { kText, kNumber, kPlot } kind = Kind::kText;
  Html axis = {};         // below the title of a plot column
  std::string help = {};  // hover text of the title
};

struct Cell {
  Html content;
  double sort_value;  // NaN: sorted by the text

  Cell(Html html);                 // NOLINT(google-explicit-constructor): cells are written inline
  Cell(const std::string& words);  // NOLINT
  Cell(const char* words);         // NOLINT
  Cell(Html html, double value);
  Cell(const std::string& words, double value);
};

struct Row {
  std::vector<Cell> cells;  // the first one is the row's heading
  bool highlight = false;
};

struct Table {
  std::string caption;
  std::vector<Column> columns;
  std::vector<Row> rows;
  bool interactive = false;  // headings sort, a box filters
  size_t shown = 0;          // rows at first, the rest behind 'show all'; 0 is all of them
  std::string css_class = {};
};

Html table(const Table& content);

// How to get this page again: the command, then hashes, version, time. Empty values are left out.
Html provenance(const std::string& command,
                const std::vector<std::pair<std::string, std::string>>& facts);

}  // namespace kaskad::html
