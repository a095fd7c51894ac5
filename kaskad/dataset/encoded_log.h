// A log that lies in memory, its ids numbered already -> a dataset directory. Called by the Python
// module for frames and sparse matrices; files go through ingest.h.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "kaskad/core/progress.h"
#include "kaskad/dataset/dataset_writer.h"
#include "kaskad/dataset/group_events.h"

namespace kaskad {

// Columns of equal length, in the order of the log. The spans must outlive the call.
struct EncodedLog {
  std::span<const uint32_t> user, item;  // rows of contents.users and contents.items
  // Milliseconds since 1970 UTC, or order numbers, as contents.time_kind says; empty: the row
  // number is the order.
  std::span<const int64_t> time = {};
  std::span<const float> weight = {};    // empty: 1
  std::span<const uint8_t> action = {};  // rows of contents.actions; empty: the log has none
};

// Histories in time order (ties keep the order of the log), ids and features. All or nothing, like
// ingest(); the same log gives the same hash. Returns it. Throws Error when there is no event, a
// number is beyond its ids, or a weight is no number.
std::string write_encoded_log(const std::string& directory, const EncodedLog& log,
                              const DatasetContents& contents, Duplicates duplicates, int threads,
                              const Progress& progress = {});

}  // namespace kaskad
