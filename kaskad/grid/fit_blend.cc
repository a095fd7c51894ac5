#include "kaskad/grid/fit_blend.h"

#include <cmath>

#include "kaskad/cooc/fit.h"
#include "kaskad/grid/cross_fit.h"
#include "kaskad/grid/experts.h"

namespace kaskad {
namespace {

constexpr double kLeastWeight = 0.02;  // parts that weigh less are left out and the rest refitted

std::vector<Phase> sampled_phases(const Split& split, size_t max_cases) {
  std::vector<Phase> phases = split.validations;
  for (Phase& phase : phases) {
    const size_t all = phase.cases.size();
    if (max_cases == 0 || all <= max_cases) continue;
    std::vector<EvalCase> some;
    for (size_t c = 0; c < max_cases; ++c) some.push_back(phase.cases[c * all / max_cases]);
    phase.cases = std::move(some);
  }
  return phases;
}

// The experts of every validation window: kept where there is memory for all, else fitted again
// whenever another window is asked for.
class Experts {
 public:
  Experts(const Dataset& dataset, std::vector<Phase> phases, Blend blend,
          const BlendFitOptions& options, const Progress& progress)
      : dataset_(dataset),
        phases_(std::move(phases)),
        blend_(std::move(blend)),
        options_(options),
        progress_(progress),
        models_(phases_.size()) {}

  const std::vector<Phase>& phases() const { return phases_; }
  std::vector<const Phase*> phase_list() const {
    std::vector<const Phase*> list;
    for (const Phase& phase : phases_) list.push_back(&phase);
    return list;
  }
  const Blend& blend() const { return blend_; }

  CoocModel& model(size_t phase) {
    if (models_[phase]) return *models_[phase];
    for (auto& other : models_) {
      if (!keeps_all_) other.reset();
    }
    models_[phase] =
        fit_cooc(dataset_, phases_[phase], blend_,
                 {.threads = options_.threads, .memory = options_.memory / 4}, progress_);
    const uint64_t all = models_[phase]->matrix_bytes() * phases_.size();
    keeps_all_ = keeps_all_ && all < options_.memory / 4;
    return *models_[phase];
  }

  void keep_parts(const std::vector<size_t>& kept) {
    for (const auto& model : models_) {
      if (model) model->keep_parts(kept);
    }
    Blend fewer;
    for (const size_t part : kept) fewer.parts.push_back(blend_.parts[part]);
    blend_ = std::move(fewer);
  }

 private:
  const Dataset& dataset_;
  const std::vector<Phase> phases_;
  Blend blend_;
  const BlendFitOptions options_;
  const Progress& progress_;
  std::vector<std::unique_ptr<CoocModel>> models_;  // (phases)
  bool keeps_all_ = true;
};

// Parts that got more than next to no weight.
std::vector<size_t> heavy_parts(const std::vector<double>& weights) {
  std::vector<size_t> kept;
  for (size_t m = 0; m < weights.size(); ++m) {
    if (std::fabs(weights[m]) >= kLeastWeight) kept.push_back(m);
  }
  return kept;
}

}  // namespace

FittedBlend fit_blend(const Dataset& dataset, const Split& split,
                      const std::vector<VariantScore>& leaders, const LogFacts& facts,
                      size_t max_cases, const BlendFitOptions& options,
                      const BootstrapOptions& bootstrap, const Progress& progress) {
  FittedBlend result;
  Experts experts(dataset, sampled_phases(split, max_cases), make_experts(leaders, facts), options,
                  progress);
  const PhaseModel model_of = [&](size_t phase) -> PartedRetriever& {
    return experts.model(phase);
  };
  BlendProblem problem =
      build_blend_problem(dataset, experts.phase_list(), model_of, options, progress);
  report(progress, {"fitting the blend", 0, 0, ""});
  std::vector<double> weights = fit_blend_weights(problem, options);
  const std::vector<size_t> kept = heavy_parts(weights);
  if (!kept.empty() && kept.size() < weights.size()) {
    problem.keep_parts(kept);
    experts.keep_parts(kept);
    weights = fit_blend_weights(problem, options);
  }
  const FoldWeights folds = fit_folds(problem, options);
  problem = {};
  result.blend = experts.blend();
  const CrossFigures crossed =
      cross_measure(dataset, split, experts.phases(), model_of, folds, options.threads, progress);
  result.ndcg = crossed.mean_ndcg();
  result.hit_rate = crossed.mean_hit_rate();
  result.window_ndcg = crossed.window_ndcg;
  const std::vector<double> best(leaders.front().case_ndcg.begin(),
                                 leaders.front().case_ndcg.end());
  result.gain = paired_difference(crossed.ndcg, best, bootstrap);
  for (size_t m = 0; m < weights.size(); ++m) result.blend.parts[m].weight = weights[m];
  return result;
}

}  // namespace kaskad
