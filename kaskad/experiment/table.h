// Figures by user from elsewhere (a warehouse, a spreadsheet): one row a user with the arm and any
// numbers, as CSV, TSV, JSONL or Parquet. Called by `kaskad ab --table`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kaskad/experiment/population.h"
#include "kaskad/log/event_reader.h"

namespace kaskad::ab {

// "ctr=clicks/shown", "revenue=revenue": a name, and what is divided by what; without a second
// column by the users.
struct TableMetric {
  std::string name, above, below;
  // The same of the time before the experiment, for CUPED; empty: not known.
  std::string before_above, before_below;

  // `text` as above. Throws Error.
  static TableMetric parse(const std::string& text);
};

// Sets the past of the metric that `text` names: "ctr=clicks_before/shown_before".
void set_covariate(std::vector<TableMetric>& metrics, const std::string& text);

struct TableRequest {
  std::string user_column = "user_id", arm_column = "arm";
  std::vector<TableMetric> metrics;
  OnError on_error = OnError::kFail;
};

struct ReadTable {
  Population population;  // one layer, of the arm column's name
  std::vector<Metric> metrics;
  SkippedRows skipped;
  uint64_t rows = 0;
};

// Rows of one user add up; a user with two arms is mixed. An empty cell is 0. Throws Error naming
// file, line and column.
ReadTable read_table(const std::string& path, const TableRequest& request);

}  // namespace kaskad::ab
