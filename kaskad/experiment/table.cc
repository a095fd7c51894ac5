#include "kaskad/experiment/table.h"

#include <algorithm>
#include <cmath>

#include "kaskad/core/hash.h"
#include "kaskad/core/nearest_name.h"
#include "kaskad/log/format.h"
#include "kaskad/log/row_faults.h"
#include "kaskad/log/text.h"

namespace kaskad::ab {
namespace {

// "clicks/shown" -> its two columns; the second one may be missing.
void split_ratio(const std::string& text, const std::string& whole, std::string& above,
                 std::string& below) {
  const size_t slash = text.find('/');
  above = text.substr(0, slash);
  below = slash == std::string::npos ? "" : text.substr(slash + 1);
  if (above.empty() || (slash != std::string::npos && below.empty())) {
    throw Error("found '" + whole + "', expected NAME=COLUMN or NAME=COLUMN/COLUMN");
  }
}

std::pair<std::string, std::string> split_name(const std::string& text) {
  const size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    throw Error("found '" + text + "', expected NAME=COLUMN or NAME=COLUMN/COLUMN");
  }
  return {text.substr(0, equals), text.substr(equals + 1)};
}

// The columns that are asked for, each once, in the order of their first use.
class Selection {
 public:
  Selection(const RowSource& rows, const std::string& file) : rows_(rows), file_(file) {}

  size_t add(const std::string& name) {
    const auto& columns = rows_.columns();
    const auto found = std::ranges::find(columns, name, &RowColumn::name);
    if (found == columns.end()) {
      throw data_error(file_, 0, name, "no such column", one_of(known_names(columns), name));
    }
    const auto column = static_cast<size_t>(found - columns.begin());
    const auto place = std::ranges::find(columns_, column);
    if (place != columns_.end()) return static_cast<size_t>(place - columns_.begin());
    columns_.push_back(column);
    return columns_.size() - 1;
  }

  const std::vector<size_t>& columns() const { return columns_; }
  const std::string& name(size_t place) const { return rows_.columns()[columns_[place]].name; }

 private:
  const RowSource& rows_;
  std::string file_;
  std::vector<size_t> columns_;
};

class TableReading {
 public:
  TableReading(const std::string& path, const TableRequest& request)
      : rows_(open_rows(path, {})), selection_(*rows_, path), faults_(path, request.on_error) {
    user_ = selection_.add(request.user_column);
    arm_ = selection_.add(request.arm_column);
    read_.population.layer("", request.arm_column);
    for (const TableMetric& metric : request.metrics) add_metric(metric);
    rows_->select(selection_.columns());
  }

  ReadTable read() {
    RowBatch batch;
    while (rows_->next(batch)) {
      for (const RowFault& fault : batch.faults) {
        faults_.add(fault.line, fault.column,
                    [&] { return std::pair(fault.found, fault.expected); });
      }
      for (size_t r = 0; r < batch.rows(); ++r) add_row(batch, r);
    }
    read_.skipped = faults_.skipped();
    return std::move(read_);
  }

 private:
  void add_metric(const TableMetric& asked) {
    Metric metric{asked.name,
                  asked.above + (asked.below.empty() ? " / users" : " / " + asked.below),
                  selection_.add(asked.above)};
    if (!asked.below.empty()) metric.below = selection_.add(asked.below);
    if (!asked.before_above.empty()) metric.before_above = selection_.add(asked.before_above);
    if (!asked.before_below.empty()) metric.before_below = selection_.add(asked.before_below);
    read_.metrics.push_back(std::move(metric));
  }

  // False, and counted, where a cell is no number or a name is missing.
  bool read_values(const RowBatch& batch, size_t row) {
    values_.assign(selection_.columns().size(), 0);
    for (size_t c = 0; c < values_.size(); ++c) {
      const std::string_view cell = batch.columns[c][row];
      const bool is_name = c == user_ || c == arm_;
      if (is_name ? !cell.empty() : cell.empty()) continue;
      const std::optional<double> number = is_name ? std::nullopt : to_number(cell);
      if (number && std::isfinite(*number)) {
        values_[c] = *number;
        continue;
      }
      faults_.add(batch.line[row], selection_.name(c), [&] {
        return std::pair(cell.empty() ? std::string("nothing") : shown(cell),
                         std::string(is_name ? "a name" : "a number"));
      });
      return false;
    }
    return true;
  }

  // Every column is kept among the sums and among the past: the metrics say which is which.
  void add_row(const RowBatch& batch, size_t row) {
    if (!read_values(batch, row)) return;
    ++read_.rows;
    Population& population = read_.population;
    const uint16_t arm = population.arm(0, std::string(batch.columns[arm_][row]));
    const uint32_t user = population.user(hash64(batch.columns[user_][row]));
    const size_t member = population.join(user, 0, arm);
    PopulationUser& kept = population.user_at(user);
    for (size_t c = 0; c < values_.size(); ++c) {
      if (values_[c] == 0) continue;
      add_to(kept.memberships[member].sums, c, values_[c]);
      add_to(kept.before, c, values_[c]);
    }
  }

  std::unique_ptr<RowSource> rows_;
  Selection selection_;
  RowFaults faults_;
  size_t user_ = 0, arm_ = 0;
  ReadTable read_;
  std::vector<double> values_;  // (selected)
};

}  // namespace

TableMetric TableMetric::parse(const std::string& text) {
  TableMetric metric;
  const auto [name, columns] = split_name(text);
  metric.name = name;
  split_ratio(columns, text, metric.above, metric.below);
  return metric;
}

void set_covariate(std::vector<TableMetric>& metrics, const std::string& text) {
  const auto [name, columns] = split_name(text);
  const auto metric = std::ranges::find(metrics, name, &TableMetric::name);
  if (metric == metrics.end()) {
    throw Error("covariate '" + text + "' is of a metric that is not there; expected " +
                one_of(known_names(metrics), name));
  }
  split_ratio(columns, text, metric->before_above, metric->before_below);
}

ReadTable read_table(const std::string& path, const TableRequest& request) {
  if (request.metrics.empty()) {
    throw Error("found no metric of the table, expected one as NAME=COLUMN or NAME=COLUMN/COLUMN");
  }
  return TableReading(path, request).read();
}

}  // namespace kaskad::ab
