// Parts of the lists that rankers are measured on: where their figures come from. Called by
// `kaskad eval-ranker`.
//   queries  popular: the most asked of training, which half of its lists ask; rare: the others;
//            new: never asked there. Only where lists have queries.
//   users    new: no history at the request; returning: some
//   items    new: a relevant candidate that no list of training has; known: none such
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "kaskad/ranking/list_evaluation.h"

namespace kaskad {

struct ListSegment {
  std::string group, name;      // "queries", "rare"
  std::vector<uint32_t> lists;  // numbers among the lists with a relevant item
};

// Empty parts are left out, and so is a group of one part. `heads` as of ListEvalOptions.
std::vector<ListSegment> list_segments(const Impressions& lists, const Impressions& train,
                                       const std::vector<std::string>& heads);

// (metrics) over the part; of what is a mean over some lists alone (auc) there is none here.
std::vector<MetricResult> measure_segment(const ListEvaluation& evaluation,
                                          const ListSegment& segment,
                                          const BootstrapOptions& options);

nlohmann::json to_json(const std::vector<ListSegment>& segments,
                       const std::vector<ListEvaluation>& evaluations,
                       const BootstrapOptions& options);

}  // namespace kaskad
