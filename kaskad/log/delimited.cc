#include "kaskad/log/delimited.h"

#include <algorithm>
#include <cstring>

#include "kaskad/core/error.h"
#include "kaskad/log/column_names.h"

namespace kaskad {
namespace {

constexpr size_t kMaxColumns = 1 << 16;

// "a ""b""" -> a "b", in place.
std::string_view without_doubles(std::string_view cell) {
  char* const begin = const_cast<char*>(cell.data());  // the window's own bytes
  char* to = begin;
  for (size_t i = 0; i < cell.size(); ++i) {
    *to++ = cell[i];
    if (cell[i] == '"') ++i;
  }
  return {begin, static_cast<size_t>(to - begin)};
}

std::string latin1_to_utf8(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      out += c;
    } else {
      out += static_cast<char>(0xc0 | (byte >> 6));
      out += static_cast<char>(0x80 | (byte & 0x3f));
    }
  }
  return out;
}

RowColumn plain_column(const char* name) { return {name, {}, {}, 0}; }
RowColumn codes(const char* name) { return {name, {}, FieldType::kCategorical, 0}; }

// The files of the MovieLens 1M and 10M archives, told apart by their number of cells.
std::vector<RowColumn> movielens_columns(size_t cells) {
  switch (cells) {
    case 3:
      return {
          plain_column("item_id"), codes("title"), {"genres", {}, FieldType::kMultiValued, '|'}};
    case 4:
      return {plain_column("user_id"), plain_column("item_id"), plain_column("rating"),
              plain_column("timestamp")};
    case 5:
      return {plain_column("user_id"), codes("gender"), codes("age"), codes("occupation"),
              codes("zip_code")};
    default:
      return {};
  }
}

// "genres:token_seq" -> the column and its type.
RowColumn recbole_column(const std::string& cell) {
  const size_t colon = cell.rfind(':');
  const std::string type = cell.substr(colon + 1);
  RowColumn column{cell.substr(0, colon), {}, FieldType::kCategorical, 0};
  if (type == "float") column.type = FieldType::kNumber;
  if (type == "token_seq") column.type = FieldType::kMultiValued;
  if (type == "float_seq") column.type = FieldType::kVector;
  if (type.ends_with("_seq")) column.list_separator = ' ';
  return column;
}

}  // namespace

DelimitedRows::DelimitedRows(RowInput input, Layout layout)
    : text_(std::move(input.text)), layout_(std::move(layout)), at_(text_->begin()) {
  if (layout_.columns.empty()) {
    name_columns();
  } else {
    cells_.resize(layout_.columns.size());
    if (layout_.header) scan_first_row();
  }
}

// The first row that is not blank says how many columns there are, and what they are called.
void DelimitedRows::name_columns() {
  char* const first = scan_first_row();  // counts the cells
  if (count_ > kMaxColumns) {
    throw data_error(text_->name(), row_line_, "", std::to_string(count_) + " columns",
                     "at most " + std::to_string(kMaxColumns));
  }
  cells_.resize(count_);
  named_ = layout_.header;
  at_ = first;
  line_ = row_line_;
  if (!named_) {  // it will be read again as data
    for (size_t i = 1; i <= count_; ++i) layout_.columns.push_back({std::to_string(i), {}, {}, 0});
    return;
  }
  scan_row();
  for (const size_t cell : doubled_) cells_[cell] = without_doubles(cells_[cell]);
  for (const std::string_view cell : cells_) {
    if (!is_text(cell)) {
      throw data_error(text_->name(), row_line_, "", text_trouble(cell), "a column name");
    }
    layout_.columns.push_back({std::string(trimmed(cell)), {}, {}, 0});
  }
}

// Scans the first row that is not blank, however long, and says where it begins.
char* DelimitedRows::scan_first_row() {
  while (at_ < text_->end()) {
    char* const row = at_;
    const Scan scan = scan_row();
    if (scan == Scan::kRow) return row;
    if (scan == Scan::kBlank) continue;
    if (scan == Scan::kFault || text_->at_end()) {
      throw data_error(text_->name(), row_line_, "", found_, expected_);
    }
    text_->refill(row, row_line_);
    at_ = text_->begin();
  }
  throw data_error(text_->name(), 0, "", "blank lines only", "rows of data");
}

void DelimitedRows::select(const std::vector<size_t>& columns) { selected_ = columns; }

bool DelimitedRows::at_delimiter(const char* p) const {
  // Stops at the first difference, so that it never looks behind the '\n' of the line.
  for (const char c : layout_.dialect.delimiter) {
    if (*p++ != c) return false;
  }
  return true;
}

char* DelimitedRows::skip_line(char* from) {
  ++line_;
  return static_cast<char*>(std::memchr(from, '\n', static_cast<size_t>(text_->end() - from))) + 1;
}

// Cuts the row at at_ into cells_ and moves at_ and line_ behind it; they stay for kUnfinished.
DelimitedRows::Scan DelimitedRows::scan_row() {
  row_line_ = line_;
  count_ = 0;
  doubled_.clear();
  const char delimiter = layout_.dialect.delimiter[0];
  const size_t delimiter_size = layout_.dialect.delimiter.size();
  const bool quotes = layout_.dialect.quotes;
  char* p = at_;
  if (*p == '\n' || (*p == '\r' && p[1] == '\n')) {
    at_ = skip_line(p);
    return Scan::kBlank;
  }
  while (true) {
    if (quotes && *p == '"') {
      const Scan scan = scan_quoted(p);
      if (scan != Scan::kRow) return scan;
    } else {
      const char* const cell = p;
      if (delimiter_size == 1) {
        while (*p != delimiter && *p != '\n') ++p;
      } else {
        while (*p != '\n' && !at_delimiter(p)) ++p;
      }
      size_t length = static_cast<size_t>(p - cell);
      if (*p == '\n' && length > 0 && p[-1] == '\r') --length;
      if (count_ < cells_.size()) cells_[count_] = {cell, length};
    }
    ++count_;
    if (*p == '\n') break;
    p += delimiter_size;
  }
  at_ = p + 1;
  ++line_;
  return Scan::kRow;
}

// One cell in quotation marks; moves `p` from the opening mark to the delimiter or '\n' behind it.
DelimitedRows::Scan DelimitedRows::scan_quoted(char*& p) {
  const char* const end = text_->end();
  char* const cell = p + 1;
  char* close = cell;
  while (true) {
    close = static_cast<char*>(std::memchr(close, '"', static_cast<size_t>(end - close)));
    if (!close) {
      found_ = "a quotation mark that is never closed, before " +
               shown({cell, static_cast<size_t>(end - cell)});
      expected_ = "the closing quotation mark";
      line_ = row_line_;
      return Scan::kUnfinished;
    }
    if (close[1] != '"') break;
    if (doubled_.empty() || doubled_.back() != count_) doubled_.push_back(count_);
    close += 2;
  }
  if (count_ < cells_.size()) cells_[count_] = {cell, static_cast<size_t>(close - cell)};
  line_ += static_cast<size_t>(std::count(cell, close, '\n'));
  p = close + 1;
  if (*p == '\r' && p[1] == '\n') ++p;
  if (*p == '\n' || at_delimiter(p)) return Scan::kRow;
  const char* const line_end =
      static_cast<char*>(std::memchr(p, '\n', static_cast<size_t>(end - p)));
  found_ = shown({p, static_cast<size_t>(line_end - p)}) + " behind a closing quotation mark";
  expected_ = "the delimiter " + shown(layout_.dialect.delimiter) +
              " or the end of the line (a quotation mark inside a cell is doubled)";
  at_ = skip_line(p);
  return Scan::kFault;
}

bool DelimitedRows::next(RowBatch& batch) {
  batch.reset(selected_.size());
  converted_.clear();
  while (batch.nothing()) {
    const bool lines = text_->refill(at_, line_);
    at_ = text_->begin();
    if (!lines) return false;
    scan_block(batch);
  }
  return true;
}

void DelimitedRows::scan_block(RowBatch& batch) {
  const bool clean = is_text(text_->lines());
  while (at_ < text_->end()) {
    const Scan scan = scan_row();
    if (scan == Scan::kUnfinished) {
      if (!text_->at_end()) return;
      fault(batch, row_line_, found_, expected_);
      at_ = skip_line(at_);
    } else if (scan == Scan::kFault) {
      fault(batch, row_line_, found_, expected_);
    } else if (scan == Scan::kRow) {
      add_row(batch, clean);
    }
  }
}

void DelimitedRows::add_row(RowBatch& batch, bool clean) {
  if (count_ != cells_.size()) {
    fault(batch, row_line_, std::to_string(count_) + (count_ == 1 ? " cell" : " cells"),
          std::to_string(cells_.size()) + ", as many as the " +
              (named_ ? "header has" : "first line has"));
    return;
  }
  for (const size_t cell : doubled_) cells_[cell] = without_doubles(cells_[cell]);
  if (!clean) {
    for (const size_t column : selected_) {
      cells_[column] = readable(cells_[column]);
      if (is_text(cells_[column])) continue;
      fault(batch, row_line_, text_trouble(cells_[column]), "UTF-8 text");
      batch.faults.back().column = layout_.columns[column].name;
      return;
    }
  }
  for (size_t i = 0; i < selected_.size(); ++i) batch.columns[i].push_back(cells_[selected_[i]]);
  batch.line.push_back(row_line_);
}

std::string_view DelimitedRows::readable(std::string_view cell) {
  if (!layout_.dialect.latin1 || is_text(cell)) return cell;
  return converted_.keep(latin1_to_utf8(cell));
}

void DelimitedRows::fault(RowBatch& batch, size_t line, std::string found, std::string expected) {
  batch.faults.push_back({batch.rows(), line, std::move(found), std::move(expected), {}});
}

std::string DelimitedRows::description() const {
  std::string text = layout_.format;
  if (layout_.format == "csv" && layout_.dialect.delimiter != ",") {
    text += " delimited by " + shown(layout_.dialect.delimiter);
  }
  return text + (text_->bytes().gzip() ? ", gzip" : "");
}

std::unique_ptr<RowSource> open_delimited(RowInput input) {
  const auto lines = first_lines(input.text->lines(), 20);
  const RowOptions& options = input.options;
  DelimitedRows::Layout layout;
  layout.format = options.format;
  layout.dialect.quotes = options.quotes;
  layout.dialect.delimiter = options.delimiter;
  if (options.delimiter.empty()) {
    layout.dialect.delimiter =
        options.format == "tsv" ? "\t" : sniff_delimiter(lines, options.quotes);
  }
  layout.header = options.header != HeaderLine::kNo;
  if (options.header == HeaderLine::kAuto && options.numbered_columns && !lines.empty()) {
    layout.header = has_usual_name(split_line(lines[0], layout.dialect));
  }
  return std::make_unique<DelimitedRows>(std::move(input), std::move(layout));
}

std::unique_ptr<RowSource> open_movielens(RowInput input) {
  DelimitedRows::Layout layout{"movielens", {"::", false, true}, {}, false};
  const auto lines = first_lines(input.text->lines(), 1);
  const size_t cells = lines.empty() ? 0 : split_line(lines[0], layout.dialect).size();
  layout.columns = movielens_columns(cells);
  if (layout.columns.empty()) {
    throw data_error(input.name, 1, "", std::to_string(cells) + " cells between '::'",
                     "4 (ratings.dat), 3 (movies.dat) or 5 (users.dat)");
  }
  return std::make_unique<DelimitedRows>(std::move(input), std::move(layout));
}

std::unique_ptr<RowSource> open_recbole(RowInput input) {
  DelimitedRows::Layout layout{"recbole", {"\t", false, false}, {}, true};
  const auto lines = first_lines(input.text->lines(), 1);
  if (lines.empty() || !is_recbole_header(lines[0])) {
    throw data_error(input.name, 1, "", lines.empty() ? "blank lines only" : shown(lines[0]),
                     "a RecBole header such as user_id:token<tab>item_id:token<tab>rating:float");
  }
  for (const std::string& cell : split_line(lines[0], layout.dialect)) {
    layout.columns.push_back(recbole_column(cell));
  }
  return std::make_unique<DelimitedRows>(std::move(input), std::move(layout));
}

}  // namespace kaskad
