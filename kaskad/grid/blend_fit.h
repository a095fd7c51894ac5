// Fits the weights of a blend: conditional (softmax) logistic regression of which item was taken
// next, over the strongest candidates of each part. Convex, a few dozen parameters, seconds.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kaskad/cooc/cooc_model.h"
#include "kaskad/core/progress.h"
#include "kaskad/dataset/split.h"

namespace kaskad {

struct BlendFitOptions {
  size_t candidates_per_part = 100;  // strongest unseen items of each part that rival the target
  size_t random_candidates = 200;    // of the rest, standing for all of it
  size_t max_cases = 12'000;         // taken evenly
  double ridge = 1e-3;               // pull of the weights towards 0
  int threads = 1;
};

// Candidates of many cases, with what each part says of them; the target comes first. Each
// target of a case with several is a case here.
struct BlendProblem {
  size_t parts = 0;
  std::vector<uint64_t> begin;  // (cases + 1)
  std::vector<float> features;  // (candidates, parts)
  std::vector<float> offsets;   // (candidates): log of how many items a candidate stands for
  std::vector<uint32_t> asked;  // (cases): which of the phases' cases, counted through
  size_t size() const { return asked.size(); }
  void keep_parts(std::span<const size_t> kept);  // ascending
};

// One problem case per target of the phases' cases. `models` has one model a phase, all of the
// same parts, each fitted on what its phase lets be learned from.
BlendProblem build_blend_problem(const Dataset& dataset, const std::vector<const Phase*>& phases,
                                 const std::vector<const CoocModel*>& models,
                                 const BlendFitOptions& options, const Progress& progress = {});

// Weights (parts) that maximise the mean log-likelihood of the targets of `cases`.
std::vector<double> fit_blend_weights(const BlendProblem& problem,
                                      const std::vector<uint32_t>& cases,
                                      const BlendFitOptions& options);

}  // namespace kaskad
