// Real impressions as lists for rankers: ids become those of the dataset (kNoItem where the item
// has no event before the list), each list gets the history before it, and goes to the part of the
// split that its time lies in.
#pragma once

#include <string>
#include <vector>

#include "kaskad/dataset/impression_log.h"
#include "kaskad/dataset/impressions.h"
#include "kaskad/dataset/split.h"

namespace kaskad {

struct LoggedCounts {
  size_t lists = 0, candidates = 0;
  size_t unknown_users = 0;  // lists of users without events: they have no history
  size_t unknown_items = 0;  // candidates without events before the list
  size_t positives = 0;      // candidates with the label of some head
};

// Which part a request at `time` belongs to: "train" before the last validation window, then
// "validation", then "test". Throws Error when the split does not cut at one time.
std::string part_of(const Split& split, int64_t time);

// Appends the lists of `part`. The order shown stands for rank and score (1 / place) of a
// retriever. `heads`: names of actions, or "next" for any.
LoggedCounts add_logged_lists(const ImpressionLog& log, const Dataset& dataset, const Split& split,
                              const std::string& part, const std::vector<std::string>& heads,
                              ImpressionWriter& writer);

}  // namespace kaskad
