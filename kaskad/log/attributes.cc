// One JSON object over the whole file, {"item": [code, code, ...], ...}: the item attributes of
// the S3-Rec papers. Read in pieces, so that the file may be of any size.
#include <algorithm>

#include "kaskad/core/error.h"
#include "kaskad/log/format.h"
#include "kaskad/log/json_object.h"
#include "kaskad/log/text.h"

namespace kaskad {
namespace {

constexpr size_t kBlock = 1 << 16;
constexpr const char* kExpected = "one JSON object of the form {\"id\": [code, ...], ...}";

class AttributeRows : public RowSource {
 public:
  explicit AttributeRows(const RowInput& input)
      : name_(input.name), bytes_(input.open()), block_(kBlock, '\0') {}

  const std::vector<RowColumn>& columns() const override { return columns_; }
  void select(const std::vector<size_t>& columns) override { selected_ = columns; }
  uint64_t bytes_read() const override { return bytes_->consumed(); }
  uint64_t bytes_total() const override { return bytes_->total(); }
  std::string description() const override {
    return std::string("attributes") + (bytes_->gzip() ? ", gzip" : "");
  }

  bool next(RowBatch& batch) override {
    batch.reset(selected_.size());
    arena_.clear();
    batch_ = &batch;
    while (!ended_ && batch.nothing()) read_block();
    return !batch.nothing();
  }

 private:
  // Line by line, so that every member knows the line it ends on.
  void read_block() {
    const size_t size = bytes_->read(block_.data(), block_.size());
    std::string_view rest(block_.data(), size);
    if (begin_ && rest.starts_with("\xef\xbb\xbf")) rest.remove_prefix(3);
    begin_ = false;
    ended_ = size == 0;
    if (ended_) fail_on(parser_.write("", false));
    while (!rest.empty()) {
      const size_t end = std::min(rest.find('\n'), rest.size() - 1) + 1;
      fail_on(parser_.write(rest.substr(0, end), true));
      if (rest[end - 1] == '\n') ++line_;
      rest.remove_prefix(end);
    }
  }

  void add_member(std::string_view key, const JsonCell& cell) {
    if (!cell.trouble.empty() || !is_text(key)) {
      const std::string found =
          cell.trouble.empty() ? text_trouble(key) : std::string(cell.trouble);
      batch_->faults.push_back({batch_->rows(), line_, found, "a list of codes", std::string(key)});
      return;
    }
    const std::string_view cells[2] = {arena_.keep(key), arena_.keep(cell.text)};
    for (size_t i = 0; i < selected_.size(); ++i) {
      batch_->columns[i].push_back(cells[selected_[i]]);
    }
    batch_->line.push_back(line_);
  }

  // A broken document has no rows to go on with.
  void fail_on(const std::string& wrong) const {
    if (!wrong.empty()) throw data_error(name_, line_, "", wrong, kExpected);
  }

  std::string name_;
  std::unique_ptr<ByteSource> bytes_;
  std::string block_;
  bool begin_ = true, ended_ = false;
  size_t line_ = 1;
  RowBatch* batch_ = nullptr;
  TextArena arena_;
  std::vector<RowColumn> columns_ = {{"id", {}, {}, 0},
                                     {"attributes", {}, FieldType::kMultiValued, 0}};
  std::vector<size_t> selected_;
  JsonObjectParser parser_{
      [this](std::string_view key, const JsonCell& cell) { add_member(key, cell); }};
};

}  // namespace

std::unique_ptr<RowSource> open_attributes(RowInput input) {
  return std::make_unique<AttributeRows>(input);
}

}  // namespace kaskad
