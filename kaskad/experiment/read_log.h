// An event log, read once: its users' sums, and the deciding metric at the end of each day. Called
// by `kaskad ab`.
#pragma once

#include <string>
#include <vector>

#include "kaskad/core/progress.h"
#include "kaskad/experiment/analysis.h"
#include "kaskad/experiment/attribution.h"
#include "kaskad/experiment/event_log.h"

namespace kaskad::ab {

struct ReadLog {
  Population population;
  std::vector<Metric> metrics;
  std::vector<DayMoments> days;  // of `metric`; the last one is everything
  AttributionCounts counts;
  SkippedRows skipped;
  uint64_t lines = 0;
  int64_t first_time = 0, last_time = 0;  // milliseconds, of the sound lines
};

// Throws Error for a log without a sound line.
ReadLog read_log(EventLog& log, const AttributionOptions& options, const std::string& metric,
                 const Progress& progress = {});

}  // namespace kaskad::ab
