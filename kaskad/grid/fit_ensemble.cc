#include "kaskad/grid/fit_ensemble.h"

#include <algorithm>

#include "kaskad/core/error.h"
#include "kaskad/eval/fit_counts.h"
#include "kaskad/grid/cross_fit.h"

namespace kaskad {
namespace {

std::unique_ptr<Ensemble> members_before(const Dataset& dataset, const Phase& phase,
                                         const std::vector<EnsembleMember>& members,
                                         const Progress& progress) {
  std::vector<EnsemblePart> parts;
  for (const EnsembleMember& member : members) {
    report(progress, {"fitting for " + phase.name, parts.size(), members.size(), member.name});
    parts.push_back(member.fit(phase));
    parts.back().name = member.name;
  }
  const std::vector<uint32_t> events = count_fit(dataset, phase).events;
  return std::make_unique<Ensemble>(std::move(parts),
                                    std::vector<uint64_t>(events.begin(), events.end()));
}

// One member's figures, and its ndcg case by case.
std::vector<double> measure_alone(const Ensemble& ensemble, size_t part, const Dataset& dataset,
                                  const Split& split, const Phase& phase, int threads,
                                  MemberFigures& figures) {
  const Evaluation alone =
      evaluate(*ensemble.parts()[part].model, dataset, split, phase, quick_options(threads));
  figures.name = ensemble.parts()[part].name;
  figures.ndcg = alone.metric("ndcg@10").interval.value;
  figures.hit_rate = alone.metric("hit_rate@10").interval.value;
  return alone.column("ndcg@10");
}

}  // namespace

FittedEnsemble fit_ensemble(const Dataset& dataset, const Split& split,
                            const std::vector<EnsembleMember>& members,
                            const BlendFitOptions& options, const BootstrapOptions& bootstrap,
                            const Progress& progress) {
  if (members.size() < 2) throw Error("an ensemble of one model is that model; expected two");
  const Phase& validation = split.validations.front();
  FittedEnsemble result;
  result.members.resize(members.size());
  std::vector<double> weights;
  {
    const auto before = members_before(dataset, validation, members, progress);
    const PhaseModel model_of = [&](size_t) -> PartedRetriever& { return *before; };
    std::vector<double> best;
    double best_ndcg = -1;
    for (size_t m = 0; m < members.size(); ++m) {
      report(progress, {"measuring alone", m, members.size(), members[m].name});
      std::vector<double> alone =
          measure_alone(*before, m, dataset, split, validation, options.threads, result.members[m]);
      if (result.members[m].ndcg <= best_ndcg) continue;
      best_ndcg = result.members[m].ndcg;
      best = std::move(alone);
    }
    const BlendProblem problem =
        build_blend_problem(dataset, {&validation}, model_of, options, progress);
    weights = fit_blend_weights(problem, options);
    const CrossFigures crossed =
        cross_measure(dataset, split, {validation}, model_of, fit_folds(problem, options),
                      options.threads, progress);
    result.ndcg = crossed.mean_ndcg();
    result.hit_rate = crossed.mean_hit_rate();
    result.gain = paired_difference(crossed.ndcg, best, bootstrap);
  }
  for (size_t m = 0; m < members.size(); ++m) result.members[m].weight = weights[m];
  result.model = members_before(dataset, split.test, members, progress);
  result.model->set_weights(weights);
  return result;
}

}  // namespace kaskad
