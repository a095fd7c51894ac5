// One retriever of several runs, matrices and neural models alike: fits the weights on validation,
// says by cross-fitting what the ensemble is worth against its best member, and measures it on test
// once. Called by `kaskad ensemble`.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "kaskad/core/progress.h"
#include "kaskad/eval/evaluation.h"
#include "kaskad/grid/blend_fit.h"
#include "kaskad/retrieval/ensemble.h"

namespace kaskad {

// A run that takes part. `fit` makes its model as it would have been before the phase: the answers
// of the phase must be new to it.
struct EnsembleMember {
  std::string name = {};
  std::function<EnsemblePart(const Phase& phase)> fit;
};

// The member that a run's folder holds: the winner of a `grid`, which is fitted again for a phase,
// or the bundle of a `train`; where that was trained again on the validation, the one from before
// answers the validation. `run` may be "NAME=FOLDER". Throws Error for other folders and for runs
// of another split.
EnsembleMember open_member(const std::string& run, const Dataset& dataset, const Split& split,
                           const BlendFitOptions& options);

// @10 on the newest validation window.
struct MemberFigures {
  std::string name;
  double weight = 0;  // in the ensemble
  double ndcg = 0, hit_rate = 0;
};

struct FittedEnsemble {
  std::unique_ptr<Ensemble> model;     // as of the test
  std::vector<MemberFigures> members;  // alone, in the order given
  double ndcg = 0, hit_rate = 0;       // of the ensemble on the same cases, cross-fitted
  PairedDifference gain;               // ndcg@10 of that minus the best member's, paired by case
};

// On the newest validation window alone, because a trained model has learned the ones before it.
FittedEnsemble fit_ensemble(const Dataset& dataset, const Split& split,
                            const std::vector<EnsembleMember>& members,
                            const BlendFitOptions& options, const BootstrapOptions& bootstrap,
                            const Progress& progress = {});

}  // namespace kaskad
