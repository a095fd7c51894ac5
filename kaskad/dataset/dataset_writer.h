// Writes a dataset directory: histories user by user in id order, then ids, features and the
// manifest. Used by ingest and by tests that need a small dataset; the caller owns the (staged)
// directory.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kaskad/dataset/dataset.h"
#include "kaskad/dataset/feature_files.h"
#include "kaskad/dataset/manifest.h"

namespace kaskad {

// All of a dataset but its events. The views must outlive finish().
struct DatasetContents {
  std::vector<std::string_view> users = {}, items = {};
  TimeKind time_kind = TimeKind::kOrder;
  std::vector<std::string> actions = {};
  FeatureColumns item_features = {}, user_features = {};
  std::string source_json = "{}";  // shown in the manifest; no part of the hash
};

class DatasetWriter {
 public:
  DatasetWriter(const std::string& directory, bool with_actions);
  ~DatasetWriter();

  // The histories of the next users, one behind the other: `lengths` has an entry per user and
  // adds up to events.size().
  void append(std::span<const uint32_t> lengths, const History& events);

  // Returns the dataset's hash: of events, ids and their meaning, nothing else.
  std::string finish(const DatasetContents& contents);

 private:
  struct Column;

  std::string directory_;
  uint64_t end_ = 0;  // events so far
  uint64_t users_ = 0;
  std::unique_ptr<Column> offsets_, item_, time_, weight_, action_;  // no action_ without actions
};

}  // namespace kaskad
