// First stage of ingest: reads the logs once, gives users, items and actions their dense ids and
// buffers the events within the memory budget.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kaskad/core/progress.h"
#include "kaskad/dataset/event_runs.h"
#include "kaskad/dataset/id_table.h"
#include "kaskad/dataset/ingest.h"

namespace kaskad {

struct CollectedEvents {
  CollectedEvents(const std::string& directory, size_t run_rows) : runs(directory, run_rows) {}

  IdTable users, items, actions;
  bool has_actions = false;
  TimeKind time_kind = TimeKind::kOrder;
  EventRuns runs;
  uint64_t rows = 0, kept = 0, low_weight = 0, zero_action = 0;
  std::vector<SourceFile> sources;
};

// Events that do not fit go to a nameless file in `directory`.
void collect_events(const IngestOptions& options, const Progress& progress, const OpenEvents& open,
                    CollectedEvents& events);

}  // namespace kaskad
