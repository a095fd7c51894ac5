// From a log to a CoocModel: counts the pairs that the parts need, once where they share them.
#pragma once

#include <memory>

#include "kaskad/cooc/cooc_model.h"
#include "kaskad/core/progress.h"
#include "kaskad/dataset/split.h"

namespace kaskad {

struct FitOptions {
  int threads = 1;
  uint64_t memory =
      4ull << 30;  // bytes for counts; rows are pruned where it is short (count_plan.h)
  size_t content_neighbours = 100;
};

// Builds the matrix of every part from the events that `phase` lets be learned from. Throws
// Error when a part needs a clock, or item features, that the dataset lacks.
std::unique_ptr<CoocModel> fit_cooc(const Dataset& dataset, const Phase& phase, const Blend& blend,
                                    const FitOptions& options, const Progress& progress = {});

// What parts of the blend add or are made of; null where none asks for it. Throws Error naming the
// part where the dataset has no item features.
std::unique_ptr<ContentSimilarity> similarity_for(const Blend& blend, const Dataset& dataset,
                                                  const FitOptions& options);

// Content similarity alone, as a matrix.
ItemMatrix content_matrix(const ContentSimilarity& similarity);

// The phase that learns from everything, for a model that goes into service.
Phase whole_log(const Dataset& dataset);

}  // namespace kaskad
