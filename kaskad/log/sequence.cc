// Bare sequence files without header, as the SASRec and S3-Rec papers publish them: "user item" a
// line in the order of time, or "user item item item ..." a line.
#include <algorithm>

#include "kaskad/core/error.h"
#include "kaskad/log/dialect.h"
#include "kaskad/log/format.h"
#include "kaskad/log/text.h"

namespace kaskad {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

// The next word of [p, end), empty at the end; moves `p` behind it.
std::string_view take_word(const char*& p, const char* end) {
  while (p < end && is_blank(*p)) ++p;
  const char* const word = p;
  while (p < end && !is_blank(*p)) ++p;
  return {word, static_cast<size_t>(p - word)};
}

class SequenceRows : public RowSource {
 public:
  SequenceRows(RowInput input, bool pairs)
      : text_(std::move(input.text)), pairs_(pairs), at_(text_->begin()) {}

  const std::vector<RowColumn>& columns() const override { return columns_; }
  void select(const std::vector<size_t>& columns) override { selected_ = columns; }
  uint64_t bytes_read() const override { return text_->bytes().consumed(); }
  uint64_t bytes_total() const override { return text_->bytes().total(); }
  std::string description() const override {
    return std::string("sequence, ") + (pairs_ ? "user item a line" : "user item item ... a line") +
           (text_->bytes().gzip() ? ", gzip" : "");
  }

  bool next(RowBatch& batch) override {
    batch.reset(selected_.size());
    while (batch.nothing()) {
      const bool lines = text_->refill(at_, line_);
      at_ = text_->begin();
      if (!lines) return false;
      scan_block(batch);
    }
    return true;
  }

 private:
  void scan_block(RowBatch& batch) {
    const bool clean = is_text(text_->lines());
    const char* const end = text_->end();
    for (; at_ < end; ++line_) {
      const char* const line_end = std::find(at_, end, '\n');
      scan_line({at_, static_cast<size_t>(line_end - at_)}, clean, batch);
      at_ = line_end + 1;
    }
  }

  void scan_line(std::string_view line, bool clean, RowBatch& batch) {
    if (!clean && !is_text(line)) return fault(batch, text_trouble(line), "UTF-8 text");
    const char* p = line.data();
    const char* const end = p + line.size();
    std::string_view cells[2] = {take_word(p, end), take_word(p, end)};
    if (cells[0].empty()) return;
    if (cells[1].empty()) {
      return fault(batch, "one word, " + shown(cells[0]),
                   pairs_ ? "a user and an item" : "a user and at least one item");
    }
    const char* rest = p;
    if (pairs_ && !take_word(rest, end).empty()) {
      return fault(batch, shown(line), "two words, a user and an item, as on the lines before");
    }
    for (; !cells[1].empty(); cells[1] = take_word(p, end)) {
      for (size_t i = 0; i < selected_.size(); ++i) batch.columns[i].push_back(cells[selected_[i]]);
      batch.line.push_back(line_);
    }
  }

  void fault(RowBatch& batch, std::string found, std::string expected) {
    batch.faults.push_back({batch.rows(), line_, std::move(found), std::move(expected), {}});
  }

  std::unique_ptr<TextWindow> text_;
  bool pairs_;
  const char* at_;
  size_t line_ = 1;
  std::vector<RowColumn> columns_ = {{"user_id", {}, {}, 0}, {"item_id", {}, {}, 0}};
  std::vector<size_t> selected_;
};

}  // namespace

std::unique_ptr<RowSource> open_sequence(RowInput input) {
  const auto lines = first_lines(input.text->lines(), 1000);
  const bool pairs = std::all_of(lines.begin(), lines.end(),
                                 [](std::string_view line) { return count_words(line) == 2; });
  return std::make_unique<SequenceRows>(std::move(input), pairs);
}

}  // namespace kaskad
