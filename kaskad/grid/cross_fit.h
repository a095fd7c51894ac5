// Honest figures of fitted weights: every case is measured with weights fitted without it.
#pragma once

#include <vector>

#include "kaskad/core/progress.h"
#include "kaskad/dataset/split.h"
#include "kaskad/eval/evaluation.h"
#include "kaskad/grid/blend_fit.h"

namespace kaskad {

// For figures to choose by: ndcg@10 and hit_rate@10, without intervals.
EvalOptions quick_options(int threads);

// Weights (parts) by fold: those of fold f were fitted without the cases whose number, counted
// through the phases, is f modulo the number of folds.
using FoldWeights = std::vector<std::vector<double>>;

FoldWeights fit_folds(const BlendProblem& problem, const BlendFitOptions& options);

// @10, case after case over the phases; cases without a target that counts are left out.
struct CrossFigures {
  std::vector<double> ndcg, hit_rate;
  std::vector<double> window_ndcg;  // (phases), means

  double mean_ndcg() const;
  double mean_hit_rate() const;
};

// Asks every case with the weights of its fold; the models keep those of the last fold.
CrossFigures cross_measure(const Dataset& dataset, const Split& split,
                           const std::vector<Phase>& phases, const PhaseModel& model_of,
                           const FoldWeights& weights, int threads, const Progress& progress = {});

}  // namespace kaskad
