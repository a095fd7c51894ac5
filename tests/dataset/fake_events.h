// An EventReader out of literal rows, so that ingest is tested without files.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "kaskad/dataset/ingest.h"
#include "tests/dataset/make_dataset.h"

namespace kaskad {

struct FakeLog {
  std::vector<TestRow> rows;
  TimeKind time_kind = TimeKind::kClock;
  bool has_weight = true;
  size_t batch = 100;            // rows a batch
  size_t fail_after = SIZE_MAX;  // rows, then an Error
};

class FakeEvents : public EventReader {
 public:
  explicit FakeEvents(FakeLog log) : log_(std::move(log)) {
    for (const TestRow& row : log_.rows) has_action_ |= !row.action.empty();
  }

  bool next(EventBatch& batch) override {
    batch = {};
    if (at_ >= log_.fail_after) throw Error("the log breaks off");
    for (const size_t end = std::min(at_ + log_.batch, log_.rows.size()); at_ < end; ++at_) {
      const TestRow& row = log_.rows[at_];
      batch.user.push_back(row.user);
      batch.item.push_back(row.item);
      batch.time.push_back(row.time);
      batch.weight.push_back(row.weight);
      if (has_action_) batch.action.push_back(row.action);
    }
    return batch.size() > 0;
  }
  TimeKind time_kind() const override { return log_.time_kind; }
  const SkippedRows& skipped() const override { return skipped_; }
  bool has_weight() const override { return log_.has_weight; }
  bool has_action() const override { return has_action_; }
  uint64_t bytes_read() const override { return at_; }
  uint64_t bytes_total() const override { return log_.rows.size(); }
  std::string description() const override { return "fake"; }

 private:
  FakeLog log_;
  bool has_action_ = false;
  size_t at_ = 0;
  SkippedRows skipped_;
};

// Paths are positions in `logs`: "0", "1", ...
inline OpenEvents open_fake(std::vector<FakeLog> logs) {
  return [logs = std::move(logs)](const std::string& path, const LogOptions&) {
    return std::make_unique<FakeEvents>(logs.at(std::stoul(path)));
  };
}

// Ingests into directory/data.
inline IngestResult ingest_fake(const TempDir& directory, const std::vector<FakeLog>& logs,
                                IngestOptions options = {}) {
  options.output = directory / "data";
  for (size_t i = 0; i < logs.size(); ++i) options.paths.push_back(std::to_string(i));
  return ingest(options, {}, open_fake(logs));
}

}  // namespace kaskad
