// Reads rows of delimited text: the tokenizer behind csv, tsv, movielens and recbole files.
#pragma once

#include <string>
#include <vector>

#include "kaskad/log/dialect.h"
#include "kaskad/log/format.h"
#include "kaskad/log/text.h"

namespace kaskad {

// Measured beside Arrow's streaming CSV reader (10 M rows x 4 columns, CPU seconds): .55 there for
// the cells alone, .65 here with times and weights read. But Arrow has no "::", no line numbers
// under threads, and does not name the cell at fault; so the tokenizer is our own.
class DelimitedRows : public RowSource {
 public:
  // `columns` may be empty: then the first row names them, or they are called 1, 2, ...
  struct Layout {
    std::string format;  // for description()
    Dialect dialect;
    std::vector<RowColumn> columns;
    bool header = true;  // the first row is not data
  };

  DelimitedRows(RowInput input, Layout layout);

  const std::vector<RowColumn>& columns() const override { return layout_.columns; }
  bool has_header() const override { return named_; }
  void select(const std::vector<size_t>& columns) override;
  bool next(RowBatch& batch) override;
  uint64_t bytes_read() const override { return text_->bytes().consumed(); }
  uint64_t bytes_total() const override { return text_->bytes().total(); }
  std::string description() const override;

 private:
  enum class Scan { kRow, kBlank, kFault, kUnfinished };

  void name_columns();
  char* scan_first_row();
  Scan scan_row();
  Scan scan_quoted(char*& p);
  char* skip_line(char* from);
  void scan_block(RowBatch& batch);
  void add_row(RowBatch& batch, bool clean);
  bool at_delimiter(const char* p) const;
  void fault(RowBatch& batch, size_t line, std::string found, std::string expected);
  std::string_view readable(std::string_view cell);

  std::unique_ptr<TextWindow> text_;
  Layout layout_;
  bool named_ = true;
  std::vector<size_t> selected_;

  char* at_ = nullptr;  // the next row
  size_t line_ = 1;     // of at_

  // The row being scanned.
  std::vector<std::string_view> cells_;  // (columns), those beyond are only counted
  std::vector<size_t> doubled_;          // cells with "" inside
  size_t count_ = 0;
  size_t row_line_ = 1;
  std::string found_, expected_;  // of a fault
  TextArena converted_;           // latin-1 cells
};

}  // namespace kaskad
