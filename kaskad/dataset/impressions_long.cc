// A row an item: see impression_log.h.
#include <algorithm>
#include <charconv>
#include <deque>
#include <unordered_map>
#include <unordered_set>

#include "kaskad/core/option_name.h"
#include "kaskad/dataset/impression_row_reader.h"
#include "kaskad/log/column_names.h"

namespace kaskad {
namespace {

enum LongCell { kRequest, kUser, kItem, kTime, kQuery, kPosition, kAction, kLongCells };

std::vector<std::optional<size_t>> find_long(const ImpressionColumns& asked, const RowSource& rows,
                                             const std::string& file) {
  std::vector<std::optional<size_t>> cells(kLongCells);
  cells[kRequest] = require_column(ColumnRole::kRequest, asked.request, rows, file);
  cells[kUser] = find_column(ColumnRole::kUser, asked.user, rows, file);
  cells[kItem] = require_column(ColumnRole::kItem, asked.item, rows, file);
  cells[kTime] = find_column(ColumnRole::kTime, asked.time, rows, file);
  cells[kQuery] = find_column(ColumnRole::kQuery, asked.query, rows, file);
  cells[kPosition] = find_column(ColumnRole::kPosition, asked.position, rows, file);
  cells[kAction] = find_column(ColumnRole::kAction, asked.action, rows, file);
  if (asked.user.empty() && cells[kUser] == cells[kRequest]) cells[kUser].reset();
  return cells;
}

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

class LongReader : public ImpressionRowReader {
 public:
  LongReader(std::vector<ImpressionFile> files, const ImpressionOptions& options)
      : ImpressionRowReader(
            files,
            [columns = options.columns](const RowSource& rows, const std::string& file) {
              return find_long(columns, rows, file);
            },
            kTime),
        options_(options),
        file_(files.front().name) {
    fields_.user = rows_.has(kUser);
    fields_.query = rows_.has(kQuery);
    names_actions_ = rows_.has(kAction) && is_usual_name(rows_.column_name(kAction));
  }

  bool next(LoggedList& list) override {
    while (open_.size() <= options_.open_requests && next_row()) read_row();
    if (open_.empty()) return end(file_);
    list = std::move(open_.front().list);
    places_.erase(open_.front().key);
    given_.insert(std::hash<std::string>{}(open_.front().key));
    if (last_ == &open_.front()) last_ = nullptr;
    open_.pop_front();
    return true;
  }

 private:
  struct Open {
    std::string key;
    LoggedList list;
  };

  void read_row() {
    LoggedList& list = find_list();
    if (list.user != cell(kUser)) throw fault(kUser, "user '" + list.user + "' as before");
    if (fields_.time && list.time != time()) {
      throw fault(kTime, "the time of the request's first row");
    }
    add_item(list);
  }

  LoggedList& find_list() {
    if (last_ && last_->list.request == cell(kRequest) && last_->list.query == cell(kQuery)) {
      return last_->list;
    }
    const std::string request = id(kRequest);
    std::string key = std::to_string(request.size()) + ":" + request + std::string(cell(kQuery));
    const auto [at, added] = places_.emplace(key, nullptr);
    if (added) {
      if (given_.contains(std::hash<std::string>{}(key))) {
        throw fault(kRequest, "the rows of a request nearer to each other than " +
                                  std::to_string(options_.open_requests) +
                                  " requests; sort the file by request");
      }
      open_.push_back({std::move(key), {}});
      at->second = &open_.back();
      LoggedList& list = open_.back().list;
      list.request = request;
      list.user = cell(kUser);
      list.query = cell(kQuery);
      list.time = fields_.time ? time() : static_cast<int64_t>(lists_);
      ++lists_;
    }
    last_ = at->second;
    return last_->list;
  }

  void add_item(LoggedList& list) {
    const std::string_view name = cell(kItem);
    if (name.empty()) throw fault(kItem, "an id");
    auto at = std::find_if(list.items.begin(), list.items.end(),
                           [&](const LoggedItem& one) { return one.item == name; });
    if (at == list.items.end()) {
      list.items.push_back({std::string(name), 0, {}, {}});
      at = list.items.end() - 1;
    }
    if (!cell(kPosition).empty() && at->position == 0) at->position = position();
    if (const auto action = this->action(); !action.empty()) at->actions.emplace_back(action);
  }

  // "3" or "3.0": tables that passed through floating point write the latter.
  uint32_t position() const {
    std::string_view text = cell(kPosition);
    if (const size_t point = text.find('.');
        point != std::string_view::npos && point > 0 &&
        text.substr(point + 1).find_first_not_of('0') == std::string_view::npos) {
      text = text.substr(0, point);
    }
    uint32_t place = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), place);
    if (failure != std::errc() || end != text.data() + text.size() ||
        place < options_.first_position || place - options_.first_position >= 0xffffffffu) {
      throw fault(kPosition, "a place from " + std::to_string(options_.first_position) +
                                 " on, or nothing; " + option_set_to("--first-position", "0") +
                                 " counts from 0");
    }
    return place - options_.first_position + 1;
  }

  // Empty: none.
  std::string_view action() const {
    const std::string_view text = cell(kAction);
    if (names_actions_) return text;
    if (is_one_of(text, {"true", "True", "TRUE", "1"})) return rows_.column_name(kAction);
    return is_one_of(text, {"false", "False", "FALSE", "0"}) ? std::string_view() : text;
  }

  const ImpressionOptions options_;
  const std::string file_;
  bool names_actions_ = false;  // the column is called action, event, ...: 1 is a name there
  std::deque<Open> open_;       // in the order of their first rows
  std::unordered_map<std::string, Open*> places_;  // those of open_
  std::unordered_set<size_t> given_;               // hashes of the keys of lists given away
  Open* last_ = nullptr;                           // of the row before; in open_
};

}  // namespace

std::unique_ptr<ImpressionReader> read_long(std::vector<ImpressionFile> files,
                                            const ImpressionOptions& options) {
  return std::make_unique<LongReader>(std::move(files), options);
}

}  // namespace kaskad
