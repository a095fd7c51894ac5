#include "kaskad/dataset/impression_log.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <memory>
#include <optional>
#include <unordered_map>

#include "kaskad/core/error.h"
#include "kaskad/log/format.h"
#include "kaskad/log/time_text.h"

namespace kaskad {
namespace {

constexpr size_t kAbsent = static_cast<size_t>(-1);
constexpr std::string_view kClickOut = "clickout item";

// The rows of a file with their cells by name.
class NamedRows {
 public:
  // Columns that may be missing begin with '?'. `path` is for messages.
  NamedRows(std::unique_ptr<RowSource> rows, const std::string& path,
            const std::vector<std::string>& wanted)
      : path_(path), rows_(std::move(rows)) {
    std::vector<size_t> selected;
    for (const std::string& name : wanted) {
      const bool optional = name.front() == '?';
      const std::string plain = optional ? name.substr(1) : name;
      names_.push_back(plain);
      const size_t column = find(plain);
      if (column == kAbsent && !optional) throw missing(plain);
      cells_.push_back(column == kAbsent ? kAbsent : selected.size());
      if (column != kAbsent) selected.push_back(column);
    }
    rows_->select(selected);
  }

  bool next() {
    if (!rows_->next(batch_)) return false;
    if (!batch_.faults.empty()) {
      const RowFault& fault = batch_.faults.front();
      throw data_error(path_, fault.line, fault.column, fault.found, fault.expected);
    }
    return true;
  }

  size_t size() const { return batch_.rows(); }
  size_t line(size_t row) const { return batch_.line[row]; }
  const std::vector<size_t>& lines() const { return batch_.line; }
  bool has(size_t column) const { return cells_[column] != kAbsent; }
  // Of the column wanted at that place; empty where the file lacks it.
  std::string_view cell(size_t column, size_t row) const {
    return has(column) ? batch_.columns[cells_[column]][row] : std::string_view();
  }
  const std::vector<std::string_view>& column(size_t column) const {
    return batch_.columns[cells_[column]];
  }
  Error fault(size_t column, size_t row, const std::string& expected) const {
    return data_error(path_, line(row), names_[column], "'" + std::string(cell(column, row)) + "'",
                      expected);
  }
  std::string id(size_t column, size_t row) const {
    if (cell(column, row).empty()) throw fault(column, row, "an id");
    return std::string(cell(column, row));
  }

 private:
  size_t find(const std::string& name) const {
    const auto& columns = rows_->columns();
    const auto at = std::find_if(columns.begin(), columns.end(),
                                 [&](const RowColumn& column) { return column.name == name; });
    return at == columns.end() ? kAbsent : static_cast<size_t>(at - columns.begin());
  }
  Error missing(const std::string& name) const {
    std::string known;
    for (const RowColumn& column : rows_->columns()) {
      known += (known.empty() ? "" : ", ") + column.name;
    }
    return data_error(path_, 0, "", "columns " + known, "a column '" + name + "'");
  }

  std::string path_;
  std::unique_ptr<RowSource> rows_;
  RowBatch batch_;
  std::vector<std::string> names_;
  std::vector<size_t> cells_;  // (wanted) place in the batch
};

int64_t time_of(TimeColumn& times, const NamedRows& rows, size_t column, size_t row) {
  int64_t time = 0;
  if (!times.parse(rows.cell(column, row), rows.line(row), &time)) {
    throw rows.fault(column, row, times.expected());
  }
  return time;
}

// Lists by request id, in the order of their first rows.
class ListsByRequest {
 public:
  LoggedList& find(const NamedRows& rows, size_t row, const std::string& request,
                   const std::string& user, int64_t time) {
    const auto [at, added] = places_.emplace(request, lists.size());
    if (added) lists.push_back({request, user, time, {}});
    LoggedList& list = lists[at->second];
    if (list.user != user) throw rows.fault(1, row, "user '" + list.user + "' as before");
    if (list.time != time) throw rows.fault(3, row, "the time of the request's first row");
    return list;
  }

  std::vector<LoggedList> lists;

 private:
  std::unordered_map<std::string, size_t> places_;
};

void add_item(const NamedRows& rows, size_t row, LoggedList& list) {
  const std::string item = rows.id(2, row);
  auto at = std::find_if(list.items.begin(), list.items.end(),
                         [&](const LoggedItem& one) { return one.item == item; });
  if (at == list.items.end()) {
    list.items.push_back({item, 0, {}, {}});
    at = list.items.end() - 1;
  }
  if (const auto text = rows.cell(4, row); !text.empty()) {
    const auto [end, failure] =
        std::from_chars(text.data(), text.data() + text.size(), at->position);
    if (failure != std::errc() || end != text.data() + text.size() || at->position == 0) {
      throw rows.fault(4, row, "a place from 1, or nothing");
    }
  }
  if (const auto action = rows.cell(5, row); !action.empty()) at->actions.emplace_back(action);
}

ImpressionLog read_long(std::unique_ptr<RowSource> source, const std::string& path) {
  NamedRows rows(std::move(source), path,
                 {"request_id", "user_id", "item_id", "timestamp", "?position", "?action"});
  TimeColumn times(TimeFormat::kAuto);
  ListsByRequest lists;
  while (rows.next()) {
    times.decide(rows.column(3), rows.lines());
    for (size_t row = 0; row < rows.size(); ++row) {
      const int64_t time = time_of(times, rows, 3, row);
      add_item(rows, row, lists.find(rows, row, rows.id(0, row), rows.id(1, row), time));
    }
  }
  return {times.kind(), {}, std::move(lists.lists)};
}

std::vector<std::string_view> parts_of(std::string_view text) {
  std::vector<std::string_view> parts;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('|', begin), text.size());
    parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

// Columns: user_id, session_id, timestamp, step, action_type, reference, impressions, prices.
LoggedList click_out(const NamedRows& rows, size_t row, int64_t time) {
  LoggedList list{
      rows.id(1, row) + "/" + std::string(rows.cell(3, row)), rows.id(0, row), time, {}};
  const auto items = parts_of(rows.cell(6, row));
  const auto prices = parts_of(rows.cell(7, row));
  if (prices.size() != items.size()) {
    throw rows.fault(7, row, std::to_string(items.size()) + " prices, as many as impressions");
  }
  for (size_t i = 0; i < items.size(); ++i) {
    float price = 0;
    const auto [end, failure] =
        std::from_chars(prices[i].data(), prices[i].data() + prices[i].size(), price);
    if (failure != std::errc() || end != prices[i].data() + prices[i].size() ||
        !std::isfinite(price)) {
      throw rows.fault(7, row, "finite numbers between |");
    }
    list.items.push_back({std::string(items[i]), static_cast<uint32_t>(i + 1), {}, {price}});
    if (items[i] == rows.cell(5, row)) list.items.back().actions.emplace_back(kClickOut);
  }
  return list;
}

ImpressionLog read_trivago(std::unique_ptr<RowSource> source, const std::string& path) {
  NamedRows rows(std::move(source), path,
                 {"user_id", "session_id", "timestamp", "step", "action_type", "reference",
                  "impressions", "prices"});
  TimeColumn times(TimeFormat::kAuto);
  ImpressionLog log;
  log.contexts = {"price"};
  while (rows.next()) {
    times.decide(rows.column(2), rows.lines());
    for (size_t row = 0; row < rows.size(); ++row) {
      if (rows.cell(4, row) != kClickOut || rows.cell(6, row).empty()) continue;
      log.lists.push_back(click_out(rows, row, time_of(times, rows, 2, row)));
    }
  }
  log.time_kind = times.kind();
  return log;
}

ImpressionLog read_lists(std::unique_ptr<RowSource> rows, const std::string& path,
                         ImpressionForm form) {
  ImpressionLog log = form == ImpressionForm::kLong ? read_long(std::move(rows), path)
                                                    : read_trivago(std::move(rows), path);
  if (log.lists.empty()) throw data_error(path, 0, "", "no impressions", "at least one list");
  return log;
}

}  // namespace

ImpressionForm parse_impression_form(const std::string& text) {
  if (text == "long") return ImpressionForm::kLong;
  if (text == "trivago") return ImpressionForm::kTrivago;
  throw Error("form of impressions '" + text + "' is unknown; there are long and trivago");
}

ImpressionLog read_impression_log(const std::string& path, ImpressionForm form) {
  return read_lists(open_rows(path, RowOptions{}), path, form);
}

ImpressionLog read_impression_log_in_memory(const std::string& bytes, const std::string& name,
                                            ImpressionForm form) {
  return read_lists(open_rows_in_memory(bytes, name, RowOptions{}), name, form);
}

}  // namespace kaskad
