// Stored lists as the requests that a ranker answers.
#pragma once

#include <functional>
#include <vector>

#include "kaskad/core/progress.h"
#include "kaskad/dataset/impressions.h"
#include "kaskad/model/ranker.h"
#include "kaskad/ranking/features.h"

namespace kaskad {

// The history is that of the dataset before the request. Lists and dataset must outlive it.
RankRequest request_of(const Dataset& dataset, const ImpressionList& list);

// Features as of the lists: counters know what the lists' own part of the log may know. The dataset
// must outlive them.
RankingFeatures features_as_of(const Impressions& lists, const Dataset& dataset,
                               const FeatureOptions& options);

// Scores of all candidates of all lists, in their order; from up to `threads` threads, 0: all.
std::vector<float> score_lists(const Ranker& ranker, const Dataset& dataset,
                               const Impressions& lists, int threads,
                               const Progress& progress = {});

// The same of each head: (candidates, heads).
std::vector<float> score_list_heads(const Ranker& ranker, const Dataset& dataset,
                                    const Impressions& lists, int threads,
                                    const Progress& progress = {});

// Throws Error when the ranker was made for other items or actions, or wants context that the lists
// lack.
void check_lists(const Ranker& ranker, const Dataset& dataset, const Impressions& lists,
                 const std::string& name);

}  // namespace kaskad
