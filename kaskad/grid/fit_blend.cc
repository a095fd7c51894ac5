#include "kaskad/grid/fit_blend.h"

#include <cmath>
#include <numeric>
#include <span>

#include "kaskad/cooc/fit.h"
#include "kaskad/eval/evaluation.h"
#include "kaskad/grid/experts.h"

namespace kaskad {
namespace {

constexpr uint32_t kFolds = 5;
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

// Per-case figures of the blend, case after case over the phases.
struct CaseFigures {
  std::vector<double> ndcg, hit;
  std::vector<double> window_ndcg;  // (phases), means
};

double mean(std::span<const double> values) {
  if (values.empty()) return 0;
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

// Asks every case with the weights of its fold.
CaseFigures ask(const Dataset& dataset, const Split& split, Experts& experts,
                const std::vector<std::vector<double>>& weights, int threads,
                const Progress& progress) {
  CaseFigures figures;
  EvalOptions options;
  options.metrics = parse_metrics("ndcg@10,hit_rate@10", Profile::kKaskad);
  options.threads = threads;
  options.bootstrap.resamples = 1;
  size_t first = 0;
  for (size_t p = 0; p < experts.phases().size(); ++p) {
    const Phase& phase = experts.phases()[p];
    CoocModel& model = experts.model(p);
    std::vector<double> ndcg(phase.cases.size(), -1), hit(phase.cases.size());
    for (size_t fold = 0; fold < weights.size(); ++fold) {
      Phase part = phase;
      part.cases.clear();
      std::vector<size_t> places;
      for (size_t c = 0; c < phase.cases.size(); ++c) {
        if ((first + c) % weights.size() != fold) continue;
        part.cases.push_back(phase.cases[c]);
        places.push_back(c);
      }
      if (part.cases.empty()) continue;
      model.set_weights(weights[fold]);
      const Evaluation evaluation = evaluate(model, dataset, split, part, options, progress);
      const std::vector<double> part_ndcg = evaluation.column("ndcg@10");
      const std::vector<double> part_hit = evaluation.column("hit_rate@10");
      // Cases without targets were dropped; both lists are in user order.
      for (size_t e = 0, c = 0; e < evaluation.users.size(); ++e, ++c) {
        while (part.cases[c].user != evaluation.users[e]) ++c;
        ndcg[places[c]] = part_ndcg[e];
        hit[places[c]] = part_hit[e];
      }
    }
    const size_t begin = figures.ndcg.size();
    for (size_t c = 0; c < phase.cases.size(); ++c) {
      if (ndcg[c] < 0) continue;
      figures.ndcg.push_back(ndcg[c]);
      figures.hit.push_back(hit[c]);
    }
    figures.window_ndcg.push_back(mean(std::span(figures.ndcg).subspan(begin)));
    first += phase.cases.size();
  }
  return figures;
}

std::vector<uint32_t> problem_cases(const BlendProblem& problem, uint32_t left_out_fold) {
  std::vector<uint32_t> cases;
  for (uint32_t c = 0; c < problem.size(); ++c) {
    if (problem.asked[c] % kFolds != left_out_fold) cases.push_back(c);
  }
  return cases;
}

constexpr uint32_t kNone = kFolds;  // no fold is left out

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
  BlendProblem problem = build_blend_problem(
      dataset, experts.phase_list(),
      [&](size_t phase) -> const CoocModel& { return experts.model(phase); }, options, progress);
  report(progress, {"fitting the blend", 0, 0, ""});
  std::vector<double> weights = fit_blend_weights(problem, problem_cases(problem, kNone), options);
  const std::vector<size_t> kept = heavy_parts(weights);
  if (!kept.empty() && kept.size() < weights.size()) {
    problem.keep_parts(kept);
    experts.keep_parts(kept);
    weights = fit_blend_weights(problem, problem_cases(problem, kNone), options);
  }
  std::vector<std::vector<double>> fold_weights;
  for (uint32_t fold = 0; fold < kFolds; ++fold) {
    fold_weights.push_back(fit_blend_weights(problem, problem_cases(problem, fold), options));
  }
  problem = {};
  result.blend = experts.blend();
  const CaseFigures crossed = ask(dataset, split, experts, fold_weights, options.threads, progress);
  result.ndcg = mean(crossed.ndcg);
  result.hit_rate = mean(crossed.hit);
  result.window_ndcg = crossed.window_ndcg;
  const std::vector<double> best(leaders.front().case_ndcg.begin(),
                                 leaders.front().case_ndcg.end());
  result.gain = paired_difference(crossed.ndcg, best, bootstrap);
  for (size_t m = 0; m < weights.size(); ++m) result.blend.parts[m].weight = weights[m];
  return result;
}

}  // namespace kaskad
