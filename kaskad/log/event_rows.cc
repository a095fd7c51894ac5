#include "kaskad/log/event_rows.h"

#include <cmath>
#include <optional>
#include <utility>

#include "kaskad/core/option_name.h"
#include "kaskad/log/column_names.h"
#include "kaskad/log/format.h"
#include "kaskad/log/row_faults.h"
#include "kaskad/log/text.h"
#include "kaskad/log/time_text.h"

namespace kaskad {
namespace {

using Found = std::pair<std::string, std::string>;  // found, expected

RowOptions row_options(const LogOptions& options) {
  RowOptions rows;
  rows.format = options.format;
  rows.delimiter = options.delimiter;
  rows.header = options.header;
  rows.quotes = options.quotes;
  rows.threads = options.threads;
  for (const std::string* column :
       {&options.user_column, &options.item_column, &options.time_column, &options.weight_column,
        &options.action_column}) {
    if (is_column_number(*column)) rows.numbered_columns = true;
  }
  return rows;
}

class EventRows : public EventReader {
 public:
  EventRows(std::unique_ptr<RowSource> rows, const std::string& file, const LogOptions& options)
      : rows_(std::move(rows)), faults_(file, options.on_error), time_(options.time) {
    user_ = select(require_column(ColumnRole::kUser, options.user_column, *rows_, file));
    item_ = select(require_column(ColumnRole::kItem, options.item_column, *rows_, file));
    if (user_ == item_) {
      throw data_error(file, 0, rows_->columns()[selected_[user_]].name,
                       "the same column for users and items",
                       "two columns (" + option_name("--user-column") + ", " +
                           option_name("--item-column") + ")");
    }
    if (options.time != TimeFormat::kNone) {
      select_time(find_column(ColumnRole::kTime, options.time_column, *rows_, file), options.time);
    }
    weight_ = select(find_column(ColumnRole::kWeight, options.weight_column, *rows_, file));
    action_ = select(find_column(ColumnRole::kAction, options.action_column, *rows_, file));
    rows_->select(selected_);
  }

  bool next(EventBatch& batch) override {
    batch.user.clear();
    batch.item.clear();
    batch.time.clear();
    batch.weight.clear();
    batch.action.clear();
    while (batch.size() == 0) {
      if (!rows_->next(raw_)) {
        refuse_when_most_are_bad();
        return false;
      }
      if (time_at_ && raw_.rows() > 0 && !std::exchange(saw_times_, true)) {
        time_.decide(raw_.columns[*time_at_], raw_.line);
      }
      add_rows(batch);
    }
    return true;
  }

  TimeKind time_kind() const override { return time_at_ ? time_.kind() : TimeKind::kOrder; }
  const SkippedRows& skipped() const override { return faults_.skipped(); }
  bool has_weight() const override { return weight_.has_value(); }
  bool has_action() const override { return action_.has_value(); }
  uint64_t bytes_read() const override { return rows_->bytes_read(); }
  uint64_t bytes_total() const override { return rows_->bytes_total(); }

  std::string description() const override {
    std::string text = rows_->description() + (selected_.empty() ? "" : ", columns");
    for (const size_t column : selected_) text += " " + rows_->columns()[column].name;
    return text + (time_at_ ? "" : ", time is the order of the rows");
  }

 private:
  using Cells = std::vector<std::string_view>;

  // The place of `column` in the batches; a column may serve two roles.
  size_t select(size_t column) {
    for (size_t i = 0; i < selected_.size(); ++i) {
      if (selected_[i] == column) return i;
    }
    selected_.push_back(column);
    return selected_.size() - 1;
  }
  std::optional<size_t> select(std::optional<size_t> column) {
    if (!column) return std::nullopt;
    return select(*column);
  }

  void select_time(std::optional<size_t> column, TimeFormat asked) {
    time_at_ = select(column);
    if (!column || asked != TimeFormat::kAuto) return;
    if (const auto declared = rows_->columns()[*column].time) time_ = TimeColumn(*declared);
  }

  const std::string& name_of(size_t place) const { return rows_->columns()[selected_[place]].name; }

  void add_rows(EventBatch& batch) {
    size_t fault = 0;
    for (size_t row = 0; row <= raw_.rows(); ++row) {
      for (; fault < raw_.faults.size() && raw_.faults[fault].row <= row; ++fault) {
        const RowFault& bad = raw_.faults[fault];
        faults_.add(bad.line, bad.column, [&] { return Found{bad.found, bad.expected}; });
      }
      if (row < raw_.rows()) add_row(row, batch);
    }
  }

  // All cells are read before the first is stored, so that a bad row leaves nothing behind.
  void add_row(size_t row, EventBatch& batch) {
    const size_t line = raw_.line[row];
    const std::string_view user = raw_.columns[user_][row];
    const std::string_view item = raw_.columns[item_][row];
    int64_t time = order_;
    float weight = 1;
    if (user.empty()) return empty_id(user_, line);
    if (item.empty()) return empty_id(item_, line);
    if (time_at_ && !read_time(raw_.columns[*time_at_][row], line, &time)) return;
    if (weight_ && !read_weight(raw_.columns[*weight_][row], line, &weight)) return;
    batch.user.push_back(user);
    batch.item.push_back(item);
    batch.time.push_back(time);
    batch.weight.push_back(weight);
    if (action_) batch.action.push_back(raw_.columns[*action_][row]);
    ++order_;
  }

  // A log that is mostly unreadable is read the wrong way: what is left of it would mislead.
  void refuse_when_most_are_bad() const {
    constexpr uint64_t kFewRows = 10;  // say nothing of a log
    const uint64_t bad = skipped().count, good = static_cast<uint64_t>(order_);
    if (bad <= good || bad + good < kFewRows) return;
    throw Error(std::to_string(bad) + " of " + std::to_string(bad + good) +
                " rows cannot be read, too many to skip; the first: " + skipped().examples[0].why);
  }

  void empty_id(size_t place, size_t line) {
    faults_.add(line, name_of(place), [] { return Found{"an empty cell", "an id"}; });
  }

  bool read_time(std::string_view cell, size_t line, int64_t* time) {
    if (time_.parse(cell, line, time)) return true;
    faults_.add(line, name_of(*time_at_), [&] { return Found{shown(cell), time_.expected()}; });
    return false;
  }

  bool read_weight(std::string_view cell, size_t line, float* weight) {
    const auto value = to_number(cell);
    if (value && std::isfinite(static_cast<float>(*value))) {
      *weight = static_cast<float>(*value);
      return true;
    }
    faults_.add(line, name_of(*weight_), [&] { return Found{shown(cell), "a finite number"}; });
    return false;
  }

  std::unique_ptr<RowSource> rows_;
  RowFaults faults_;
  TimeColumn time_;
  std::vector<size_t> selected_;  // columns of the file
  size_t user_ = 0, item_ = 0;    // places in selected_
  std::optional<size_t> time_at_, weight_, action_;
  RowBatch raw_;
  bool saw_times_ = false;
  int64_t order_ = 0;  // the time of the next row when there is no time column
};

}  // namespace

std::unique_ptr<EventReader> open_events(const std::string& path, const LogOptions& options) {
  return std::make_unique<EventRows>(open_rows(path, row_options(options)), path, options);
}

std::unique_ptr<EventReader> open_events_in_memory(const std::string& bytes,
                                                   const std::string& name,
                                                   const LogOptions& options) {
  return std::make_unique<EventRows>(open_rows_in_memory(bytes, name, row_options(options)), name,
                                     options);
}

}  // namespace kaskad
