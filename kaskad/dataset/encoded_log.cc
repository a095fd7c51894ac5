#include "kaskad/dataset/encoded_log.h"

#include <cmath>
#include <vector>

#include "kaskad/core/error.h"
#include "kaskad/core/file.h"
#include "kaskad/core/stop.h"

namespace kaskad {
namespace {

constexpr size_t kRunRows = 1 << 20;
constexpr size_t kRangeRows = 1 << 20;

void check_length(const char* column, size_t found, size_t rows) {
  if (found == rows || found == 0) return;
  throw Error("the log's " + std::string(column) + ": found " + std::to_string(found) +
              " values, expected " + std::to_string(rows) + ", one a row");
}

void check_id(const char* column, size_t row, uint32_t found, size_t ids) {
  if (found < ids) return;
  throw Error("the log's " + std::string(column) + ", row " + std::to_string(row) + ": found " +
              std::to_string(found) + ", expected a number below " + std::to_string(ids));
}

EventRow checked_row(const EncodedLog& log, size_t row, const DatasetContents& contents) {
  check_id("user", row, log.user[row], contents.users.size());
  check_id("item", row, log.item[row], contents.items.size());
  EventRow event{static_cast<int64_t>(row), log.user[row], ItemId{log.item[row]}, 1, 0};
  if (!log.time.empty()) event.time = log.time[row];
  if (!log.weight.empty()) event.weight = log.weight[row];
  if (!std::isfinite(event.weight)) {
    throw Error("the log's weight, row " + std::to_string(row) + ": found " +
                std::to_string(event.weight) + ", expected a finite number");
  }
  if (!log.action.empty()) {
    event.action = log.action[row];
    check_id("action", row, event.action, contents.actions.size());
  }
  return event;
}

}  // namespace

std::string write_encoded_log(const std::string& directory, const EncodedLog& log,
                              const DatasetContents& contents, Duplicates duplicates, int threads,
                              const Progress& progress) {
  const size_t rows = log.user.size();
  if (rows == 0) throw Error("the log holds no events");
  if (log.item.size() != rows) {
    throw Error("the log's item: found " + std::to_string(log.item.size()) + " values, expected " +
                std::to_string(rows) + ", one a row");
  }
  check_length("time", log.time.size(), rows);
  check_length("weight", log.weight.size(), rows);
  check_length("action", log.action.size(), rows);
  StagedDirectory staged(directory);
  EventRuns runs(staged.path(), kRunRows);
  const StopFlag* const stop = current_stop();
  for (size_t row = 0; row < rows; ++row) {
    if (row % kRunRows == 0) check_stop(stop);
    runs.add(checked_row(log, row, contents));
  }
  runs.finish(kRangeRows);
  DatasetWriter writer(staged.path(), !log.action.empty());
  size_t written = 0;
  group_events(runs, duplicates, threads, progress, [&](const HistoryBlock& block) {
    writer.append(block.lengths, block.events());
    written += block.lengths.size();
  });
  // Those behind the last user with an event.
  writer.append(std::vector<uint32_t>(contents.users.size() - written, 0), {});
  const std::string hash = writer.finish(contents);
  staged.commit();
  return hash;
}

}  // namespace kaskad
