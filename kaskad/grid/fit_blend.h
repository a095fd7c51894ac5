// From the leaders of a grid to a blend that is worth serving: makes experts, fits their weights
// on validation, and says by cross-fitting what the blend is worth against the best variant.
#pragma once

#include <vector>

#include "kaskad/core/progress.h"
#include "kaskad/eval/bootstrap.h"
#include "kaskad/grid/blend_fit.h"
#include "kaskad/grid/space.h"
#include "kaskad/grid/variant_scorer.h"

namespace kaskad {

struct FittedBlend {
  Blend blend;
  double ndcg = 0, hit_rate = 0;    // cross-fitted: every case by weights fitted without it
  std::vector<double> window_ndcg;  // (validation windows), likewise
  PairedDifference gain;            // that minus the best variant, ndcg@10, paired by case
};

// `leaders` best first. `max_cases` as the leaders were scored with.
FittedBlend fit_blend(const Dataset& dataset, const Split& split,
                      const std::vector<VariantScore>& leaders, const LogFacts& facts,
                      size_t max_cases, const BlendFitOptions& options,
                      const BootstrapOptions& bootstrap, const Progress& progress = {});

}  // namespace kaskad
