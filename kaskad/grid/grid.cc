#include "kaskad/grid/grid.h"

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>

#include "kaskad/cooc/fit.h"
#include "kaskad/core/day.h"
#include "kaskad/eval/item_distance.h"
#include "kaskad/eval/results.h"
#include "kaskad/grid/cross_fit.h"
#include "kaskad/model/bundle.h"
#include "kaskad/retrieval/popularity.h"

namespace kaskad {
namespace {

using Clock = std::chrono::steady_clock;

EvalOptions eval_options(const GridOptions& options, const Dataset& dataset) {
  EvalOptions result;
  const bool tells_items_apart = !ItemDistance(dataset.item_features()).empty();
  result.metrics = default_metrics(Profile::kKaskad, tells_items_apart);
  result.threads = options.search.scorer.threads;
  result.bootstrap = options.bootstrap;
  return result;
}

// A model's figures on all validation windows, each case counting alike.
void measure_validation(BaselineResult& baseline, const Dataset& dataset, const Split& split,
                        const PopularityOptions& popularity, const GridOptions& options) {
  const EvalOptions quick = quick_options(options.search.scorer.threads);
  double cases = 0;
  for (const Phase& phase : split.validations) {
    const auto model = PopularityRetriever::fit(dataset, phase, popularity);
    const Evaluation evaluation = evaluate(*model, dataset, split, phase, quick);
    const double n = static_cast<double>(evaluation.users.size());
    baseline.window_ndcg.push_back(evaluation.metric("ndcg@10").interval.value);
    baseline.validation_ndcg += n * evaluation.metric("ndcg@10").interval.value;
    baseline.validation_hit_rate += n * evaluation.metric("hit_rate@10").interval.value;
    cases += n;
  }
  baseline.validation_ndcg /= std::max(1.0, cases);
  baseline.validation_hit_rate /= std::max(1.0, cases);
}

std::vector<BaselineResult> run_baselines(const Dataset& dataset, const Split& split,
                                          const GridOptions& options, const Progress& progress) {
  std::vector<BaselineResult> results;
  const std::vector<std::string> names = {"popularity", "popularity-window"};
  for (const std::string& name : names) {
    report(progress, {"baselines", results.size(), names.size(), ""});
    const auto popularity = PopularityOptions::parse(name, dataset.time_kind(), split.options.kind);
    BaselineResult result;
    result.name = popularity.to_string();
    measure_validation(result, dataset, split, popularity, options);
    const auto model = PopularityRetriever::fit(dataset, split.test, popularity);
    result.test = evaluate(*model, dataset, split, split.test, eval_options(options, dataset));
    results.push_back(std::move(result));
  }
  return results;
}

void write_winner(const std::string& directory, const Dataset& dataset, const Phase& phase,
                  const std::string& split_hash, const CoocModel& model,
                  const std::string& title_feature, const std::string& metrics_json) {
  BundleContents contents = BundleContents::of(dataset, phase, split_hash);
  contents.title_feature = title_feature;
  contents.config_json = model.config();
  contents.metrics_json = metrics_json;
  write_bundle(directory, contents, model, [&](const std::string& target) { model.save(target); });
}

}  // namespace

const BaselineResult& GridResult::strongest_baseline() const {
  const auto ndcg = [](const BaselineResult& baseline) {
    return baseline.test.metric("ndcg@10").interval.value;
  };
  return *std::max_element(
      baselines.begin(), baselines.end(),
      [&](const BaselineResult& a, const BaselineResult& b) { return ndcg(a) < ndcg(b); });
}

std::vector<double> GridResult::winner_by_window() const {
  return blend_won ? blend->window_ndcg
                   : ndcg_by_window(search.leaders.front(), search.window_cases);
}

LogFacts facts_of(const Dataset& dataset) {
  LogFacts facts;
  facts.has_clock = dataset.time_kind() == TimeKind::kClock;
  const FeatureTable& features = dataset.item_features();
  const bool has_vector =
      std::any_of(features.dense.begin(), features.dense.end(),
                  [](const DenseFeature& feature) { return feature.dimension > 1; });
  facts.has_content = !features.categorical.empty() || has_vector;
  const auto weights = dataset.weight();
  facts.has_weights =
      std::adjacent_find(weights.begin(), weights.end(), std::not_equal_to<>()) != weights.end();
  facts.num_items = dataset.num_items();
  if (facts.has_clock && dataset.num_events() > 0) {
    const auto [first, last] = std::minmax_element(dataset.time().begin(), dataset.time().end());
    facts.days = std::max(1.0, static_cast<double>(*last - *first) / kMillisecondsADay);
  }
  return facts;
}

GridResult run_grid(const Dataset& dataset, const Split& split, const GridOptions& options,
                    const Progress& progress) {
  const auto start = Clock::now();
  const int threads = options.search.scorer.threads;
  // As the blend's experts were fitted, so that the rows are pruned alike.
  const FitOptions fit_options{.threads = threads, .memory = options.search.scorer.memory / 4};
  GridResult result;
  result.facts = facts_of(dataset);
  const GridSpace space =
      options.space_toml.empty() ? default_space(result.facts) : read_space(options.space_toml);
  result.baselines = run_baselines(dataset, split, options, progress);
  result.search =
      search(dataset, split, space, result.facts, options.search, options.directory, progress);
  const std::vector<VariantScore>& leaders = result.search.leaders;
  result.winner.parts = {{leaders.front().variant, 1.0}};
  if (options.blend) {
    BlendFitOptions blend_options;
    blend_options.threads = threads;
    blend_options.memory = options.search.scorer.memory;
    result.blend = fit_blend(dataset, split, leaders, result.facts, options.search.scorer.max_cases,
                             blend_options, options.bootstrap, progress);
    result.blend_won = result.blend->gain.difference.low > 0;
    if (result.blend_won) result.winner = result.blend->blend;
  }
  report(progress, {"measuring the winner on test", 0, 0, ""});
  const auto model = fit_cooc(dataset, split.test, result.winner, fit_options);
  const EvalOptions measured = eval_options(options, dataset);
  const RankedCases ranked =
      rank_cases(*model, dataset, split.test,
                 {.k = longest_k(measured.metrics), .threads = threads}, progress);
  const Catalogue catalogue(dataset, split.test);
  result.test = measure(ranked, catalogue, split, split.test, dataset, measured);
  result.segments = make_segments(result.test, ranked, catalogue, dataset);
  if (result.blend_won) {
    const Blend single{{{leaders.front().variant, 1.0}}};
    const auto single_model = fit_cooc(dataset, split.test, single, fit_options);
    result.single_test = evaluate(*single_model, dataset, split, split.test, measured);
  }
  for (BaselineResult& baseline : result.baselines) {
    baseline.winner_gain =
        compare(result.test, baseline.test, "ndcg@10", options.bootstrap).difference;
  }
  result.advice = make_advice(leaders, result.facts, options.bootstrap);
  result.effects = marginal_effects(leaders, result.search.centre, result.facts, options.bootstrap);
  const std::string metrics = to_json(result.test)["metrics"].dump();
  write_winner(options.directory + "/winner", dataset, split.test, split.hash, *model,
               options.title_feature, metrics);
  if (options.whole_log) {
    const Phase all = whole_log(dataset);
    const auto everything = fit_cooc(dataset, all, result.winner, fit_options);
    write_winner(options.directory + "/production", dataset, all, "", *everything,
                 options.title_feature, metrics);
  }
  result.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  return result;
}

}  // namespace kaskad
