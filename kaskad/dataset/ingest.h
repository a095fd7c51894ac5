// Log files -> a dataset directory, streaming: memory is bounded by the distinct ids plus a
// budget, not by the rows. Called by `kaskad ingest` and the demo. Stages, one file each:
//   collect_events   rows -> dense ids, weights; sorted runs that spill to disk
//   group_events     runs -> histories in time order, repeats treated
//   filter_dataset   rare items, short histories, k-core
//   gather_features  feature files -> columns over dense ids
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "kaskad/core/progress.h"
#include "kaskad/dataset/filter_dataset.h"
#include "kaskad/dataset/gather_features.h"
#include "kaskad/dataset/group_events.h"
#include "kaskad/log/event_reader.h"
#include "kaskad/log/table_reader.h"

namespace kaskad {

struct IngestOptions {
  std::vector<std::string> paths;  // read in this order, as one log
  std::string output;              // the dataset's directory; an older dataset there is replaced
  LogOptions log;

  uint64_t memory = uint64_t{1} << 30;  // bytes for ids and buffered events, beside the reader's
  int threads = 2;                      // of sorting; the reader's are in `log`

  // Factor on the weight of events of an action; 0 leaves them out; others keep their weight.
  // The grid tries matrices whose pairs count by their weights beside those that do not.
  std::map<std::string, float> action_weights;
  std::optional<float> min_weight;  // rows whose weight in the log is lower are left out
  Duplicates duplicates = Duplicates::kKeep;
  DensityFilters density;  // applied last

  std::vector<std::string> item_feature_paths, user_feature_paths;
  TableOptions item_table, user_table;
  bool cold_items = false;  // items that only the feature files have are items too, without events
};

struct SourceFile {
  std::string path, description;
  uint64_t bytes = 0, rows = 0;
  SkippedRows skipped;
};

struct IngestResult {
  std::vector<SourceFile> sources;
  uint64_t rows = 0;     // read, without the skipped ones
  uint64_t skipped = 0;  // unreadable, under OnError::kSkip

  // Where rows went, in this order; what remains are the events.
  uint64_t low_weight = 0;     // below min_weight
  uint64_t zero_action = 0;    // of an action with weight 0
  uint64_t duplicates = 0;     // repeats of a user-item pair
  uint64_t sparse_events = 0;  // by the density filters
  uint64_t sparse_users = 0, sparse_items = 0;

  uint64_t cold_items = 0;  // in feature files alone, and kept

  uint64_t users = 0, items = 0, events = 0;
  TimeKind time_kind = TimeKind::kOrder;
  std::vector<std::string> actions;
  FeatureReport item_features, user_features;
  std::string hash;

  uint64_t spilled_bytes = 0;  // of events that did not fit the budget
  double seconds = 0;
};

using OpenEvents =
    std::function<std::unique_ptr<EventReader>(const std::string& path, const LogOptions& options)>;

// All or nothing: the directory appears when complete. The dataset and its hash depend on the log
// and the options alone, whatever threads, budget or spilling. Throws Error.
IngestResult ingest(const IngestOptions& options, const Progress& progress = {},
                    const OpenEvents& open = open_events);

// What `kaskad ingest --json` prints and the manifest keeps.
nlohmann::json to_json(const IngestResult& result);
nlohmann::json to_json(const IngestOptions& options);

}  // namespace kaskad
