// Where the figures come from: the same metrics over parts of the cases, and what the parts say in
// words. Called by cli and grid after an evaluation.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <utility>
#include <vector>

#include "kaskad/eval/evaluation.h"

namespace kaskad {

struct Segment {
  std::string group;  // "history", "target", "gap"
  std::string name;   // "under 5 events", "head", "0 s"
  size_t cases = 0;
  double share = 0;                                       // of all cases
  std::vector<std::pair<std::string, Interval>> metrics;  // rank metrics of the evaluation
};

struct SegmentReport {
  std::vector<Segment> segments;      // empty parts are left out
  std::vector<std::string> findings;  // sentences built from the numbers
};

// history: length of the user's history. target: whether the first target is among the fifth of
// the catalogue that was learned most often (head), below it (tail), or never learned. gap: time
// between the user's last history event and the first target; only with a clock.
SegmentReport make_segments(const Evaluation& evaluation, const RankedCases& ranked,
                            const Catalogue& catalogue, const Dataset& dataset);

nlohmann::json to_json(const SegmentReport& report);

}  // namespace kaskad
