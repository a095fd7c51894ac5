// A ranker as the only judge of the whole catalogue: how many of the relevant items of a list it
// would have found among all items. A pre-ranker that orders shown items well may still prefer
// thousands of others (2504.06609 asks this of its towers). Called by `kaskad eval-ranker
// --corpus`.
#pragma once

#include <array>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "kaskad/core/progress.h"
#include "kaskad/dataset/impressions.h"
#include "kaskad/eval/bootstrap.h"
#include "kaskad/model/ranker.h"

namespace kaskad {

inline constexpr std::array<size_t, 3> kCorpusK = {10, 100, 1000};

struct CorpusOptions {
  size_t lists = 1000;             // asked, evenly spread over those with a relevant item
  std::vector<std::string> heads;  // whose labels are relevant; empty: of any head
  BootstrapOptions bootstrap = {};
  int threads = 0;
};

struct CorpusRecall {
  std::string ranker;
  size_t asked = 0;               // lists
  std::vector<double> values;     // (lists asked, kCorpusK)
  std::vector<Interval> recalls;  // (kCorpusK): means of the values
};

// recall@K: relevant items of a list among the first K of all items of the catalogue, divided by
// all its relevant items; an item of equal score stands before a relevant one. What a list tells of
// its candidates alone (retriever's score and rank, context) is not known here. Throws Error when
// the lists are of another dataset, ask nothing, or lack what the ranker looks at.
CorpusRecall measure_corpus(const Ranker& ranker, const std::string& name, const Dataset& dataset,
                            const Impressions& lists, const CorpusOptions& options,
                            const Progress& progress = {});

// a - b at kCorpusK[k], list by list.
PairedDifference paired(const CorpusRecall& a, const CorpusRecall& b, size_t k,
                        const BootstrapOptions& options);

nlohmann::json to_json(const CorpusRecall& recall);

}  // namespace kaskad
