// Fits the weights of a blend: conditional (softmax) logistic regression of which item was taken
// next, over the strongest candidates of each part. Convex, a few dozen parameters, seconds.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "kaskad/core/progress.h"
#include "kaskad/dataset/split.h"
#include "kaskad/model/parted_retriever.h"

namespace kaskad {

struct BlendFitOptions {
  size_t candidates_per_part = 100;  // strongest unseen items of each part that rival the target
  size_t random_candidates = 200;    // of the rest, standing for all of it
  size_t max_cases = 12'000;         // taken evenly
  double ridge = 1e-3;               // pull of the weights towards 0
  int threads = 1;
  // Bytes for counts, matrices and candidates. Where it is short, there are fewer candidates, then
  // fewer cases.
  uint64_t memory = 4ull << 30;
};

// The same with as many candidates and cases as fit a problem of so many parts, of at most
// `questions` cases over a catalogue of `items`.
BlendFitOptions within_memory(BlendFitOptions options, size_t parts, size_t items,
                              size_t questions);

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

// The model of a phase, fitted on what the phase lets be learned from; all have the same parts.
// It lives until the next call.
using PhaseModel = std::function<PartedRetriever&(size_t phase)>;

// One problem case per target of the phases' cases. Asks for the models in order, one at a time.
BlendProblem build_blend_problem(const Dataset& dataset, const std::vector<const Phase*>& phases,
                                 const PhaseModel& model_of, const BlendFitOptions& options,
                                 const Progress& progress = {});

// Weights (parts) that maximise the mean log-likelihood of the targets of `cases`.
std::vector<double> fit_blend_weights(const BlendProblem& problem,
                                      const std::vector<uint32_t>& cases,
                                      const BlendFitOptions& options);
// Of all cases.
std::vector<double> fit_blend_weights(const BlendProblem& problem, const BlendFitOptions& options);

}  // namespace kaskad
