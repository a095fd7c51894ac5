#include "kaskad/grid/cross_fit.h"

#include <numeric>
#include <span>

namespace kaskad {
namespace {

constexpr size_t kFolds = 5;

double mean(std::span<const double> values) {
  if (values.empty()) return 0;
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

// Figures of one phase, by place among its cases; negative where a case was not asked.
struct PhaseFigures {
  explicit PhaseFigures(size_t cases) : ndcg(cases, -1), hit_rate(cases, -1) {}

  std::vector<double> ndcg, hit_rate;
};

// The cases of a phase that belong to a fold; `first` is the number of the phase's first case.
struct FoldCases {
  FoldCases(const Phase& whole, size_t first, size_t fold, size_t folds) : phase(whole) {
    phase.cases.clear();
    for (size_t c = 0; c < whole.cases.size(); ++c) {
      if ((first + c) % folds != fold) continue;
      phase.cases.push_back(whole.cases[c]);
      places.push_back(c);
    }
  }

  Phase phase;
  std::vector<size_t> places;  // (cases) in the whole phase
};

// Cases without targets were dropped from the evaluation; both lists are in user order.
void put(const Evaluation& evaluation, const FoldCases& asked, PhaseFigures& figures) {
  const std::vector<double> ndcg = evaluation.column("ndcg@10");
  const std::vector<double> hit_rate = evaluation.column("hit_rate@10");
  for (size_t e = 0, c = 0; e < evaluation.users.size(); ++e, ++c) {
    while (asked.phase.cases[c].user != evaluation.users[e]) ++c;
    figures.ndcg[asked.places[c]] = ndcg[e];
    figures.hit_rate[asked.places[c]] = hit_rate[e];
  }
}

}  // namespace

EvalOptions quick_options(int threads) {
  EvalOptions options;
  options.metrics = parse_metrics("ndcg@10,hit_rate@10", Profile::kKaskad);
  options.threads = threads;
  options.bootstrap.resamples = 1;
  return options;
}

FoldWeights fit_folds(const BlendProblem& problem, const BlendFitOptions& options) {
  FoldWeights weights;
  for (size_t fold = 0; fold < kFolds; ++fold) {
    std::vector<uint32_t> others;
    for (uint32_t c = 0; c < problem.size(); ++c) {
      if (problem.asked[c] % kFolds != fold) others.push_back(c);
    }
    weights.push_back(fit_blend_weights(problem, others, options));
  }
  return weights;
}

double CrossFigures::mean_ndcg() const { return mean(ndcg); }
double CrossFigures::mean_hit_rate() const { return mean(hit_rate); }

CrossFigures cross_measure(const Dataset& dataset, const Split& split,
                           const std::vector<Phase>& phases, const PhaseModel& model_of,
                           const FoldWeights& weights, int threads, const Progress& progress) {
  const EvalOptions options = quick_options(threads);
  CrossFigures figures;
  size_t first = 0;
  for (size_t p = 0; p < phases.size(); ++p) {
    PartedRetriever& model = model_of(p);
    PhaseFigures of_phase(phases[p].cases.size());
    for (size_t fold = 0; fold < weights.size(); ++fold) {
      const FoldCases asked(phases[p], first, fold, weights.size());
      if (asked.places.empty()) continue;
      model.set_weights(weights[fold]);
      put(evaluate(model, dataset, split, asked.phase, options, progress), asked, of_phase);
    }
    const size_t begin = figures.ndcg.size();
    for (size_t c = 0; c < phases[p].cases.size(); ++c) {
      if (of_phase.ndcg[c] < 0) continue;
      figures.ndcg.push_back(of_phase.ndcg[c]);
      figures.hit_rate.push_back(of_phase.hit_rate[c]);
    }
    figures.window_ndcg.push_back(mean(std::span(figures.ndcg).subspan(begin)));
    first += phases[p].cases.size();
  }
  return figures;
}

}  // namespace kaskad
