// One JSON object a line. Arrow's JSON reader was left aside: it guesses types (ids lose their
// digits, texts that look like times become times) and its errors know no line of the file.
#include <algorithm>
#include <unordered_set>

#include "kaskad/core/error.h"
#include "kaskad/log/format.h"
#include "kaskad/log/json_object.h"
#include "kaskad/log/text.h"

namespace kaskad {
namespace {

constexpr const char* kWholeObject = "one JSON object a line";
constexpr size_t kMaxKeys = 10'000;

bool is_blank(std::string_view line) {
  return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

// Calls visit(line) for each line of the window that is not blank; *number counts along.
template <class Visit>
void for_each_line(TextWindow& text, size_t* number, Visit visit) {
  const char* at = text.begin();
  const char* const end = text.end();
  for (; at < end; ++*number) {
    const char* const line_end = std::find(at, end, '\n');
    const std::string_view line(at, static_cast<size_t>(line_end - at));
    if (!is_blank(line)) visit(line);
    at = line_end + 1;
  }
}

// The keys of all objects, in the order of their first use. Broken lines are passed over: next()
// will report them.
class KeyCollector {
 public:
  void add_block(TextWindow& text) {
    size_t number = 1;
    for_each_line(text, &number, [this](std::string_view line) { parser_.write(line, false); });
  }
  std::vector<RowColumn> columns;

 private:
  void add(std::string_view key) {
    if (columns.size() < kMaxKeys && known_.emplace(key).second) {
      columns.push_back({std::string(key), {}, {}, 0});
    }
  }

  std::unordered_set<std::string> known_;
  JsonObjectParser parser_{[this](std::string_view key, const JsonCell&) { add(key); }};
};

class JsonLines : public RowSource {
 public:
  JsonLines(RowInput input, std::vector<RowColumn> columns)
      : text_(std::move(input.text)),
        lists_(input.options.features),
        columns_(std::move(columns)),
        at_(text_->begin()) {}

  const std::vector<RowColumn>& columns() const override { return columns_; }
  void select(const std::vector<size_t>& columns) override { selected_ = columns; }
  uint64_t bytes_read() const override { return text_->bytes().consumed(); }
  uint64_t bytes_total() const override { return text_->bytes().total(); }
  std::string description() const override {
    return std::string("jsonl") + (text_->bytes().gzip() ? ", gzip" : "");
  }

  bool next(RowBatch& batch) override {
    batch.reset(selected_.size());
    arena_.clear();
    while (batch.nothing()) {
      const bool lines = text_->refill(at_, line_);
      at_ = text_->end();
      if (!lines) return false;
      for_each_line(*text_, &line_, [&](std::string_view line) { add_line(line, batch); });
    }
    return true;
  }

 private:
  void add_line(std::string_view line, RowBatch& batch) {
    fault_ = {batch.rows(), line_, {}, kWholeObject, {}};
    cells_.assign(selected_.size(), {});
    guess_ = 0;
    const std::string wrong = parser_.write(line, false);
    if (!wrong.empty())
      fault_ = {batch.rows(), line_, wrong + " in " + shown(line), kWholeObject, {}};
    if (!fault_.found.empty()) {
      batch.faults.push_back(fault_);
      return;
    }
    for (size_t i = 0; i < cells_.size(); ++i) batch.columns[i].push_back(cells_[i]);
    batch.line.push_back(line_);
  }

  void add_member(std::string_view key, const JsonCell& cell) {
    const size_t place = find_selected(key);
    if (place == selected_.size()) return;
    guess_ = place + 1;
    std::string_view trouble = cell.trouble;
    if (!lists_ && cell.text.starts_with(kListMark)) trouble = "a list";
    if (trouble.empty()) {
      cells_[place] = arena_.keep(cell.text);
    } else {
      fault_.found = trouble;
      fault_.expected = lists_ ? "a text, a number, or a list of them" : "a text or a number";
      fault_.column = columns_[selected_[place]].name;
    }
  }

  // Lines mostly repeat the order of the keys, so the next one is looked at first.
  size_t find_selected(std::string_view key) const {
    for (size_t i = 0; i < selected_.size(); ++i) {
      const size_t place = (guess_ + i) % selected_.size();
      if (columns_[selected_[place]].name == key) return place;
    }
    return selected_.size();
  }

  std::unique_ptr<TextWindow> text_;
  bool lists_;
  std::vector<RowColumn> columns_;
  std::vector<size_t> selected_;
  TextArena arena_;
  const char* at_;
  size_t line_ = 1;

  // The line being read.
  std::vector<std::string_view> cells_;
  size_t guess_ = 0;
  RowFault fault_;  // a fault when `found` is not empty
  JsonObjectParser parser_{
      [this](std::string_view key, const JsonCell& cell) { add_member(key, cell); }};
};

}  // namespace

std::unique_ptr<RowSource> open_jsonl(RowInput input) {
  KeyCollector keys;
  keys.add_block(*input.text);
  if (input.options.features) {  // a key may show up late, and each is a feature
    TextWindow rest(input.open(), input.name);
    while (rest.refill(rest.end(), 0)) keys.add_block(rest);
  }
  if (keys.columns.empty()) {
    const std::string_view text = input.text->lines();
    throw data_error(input.name, 0, "",
                     "no JSON object with a member in the first lines: " +
                         shown(text.substr(0, text.find('\n'))),
                     kWholeObject);
  }
  return std::make_unique<JsonLines>(std::move(input), std::move(keys.columns));
}

}  // namespace kaskad
