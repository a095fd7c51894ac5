#include "kaskad/grid/grid.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "kaskad/cooc/fit.h"
#include "kaskad/grid/blend_fit.h"
#include "kaskad/model/bundle.h"
#include "tests/grid/planted_log.h"

namespace kaskad {
namespace {

using nlohmann::json;

TEST(BlendFit, GivesTheInformativePartTheGreaterWeight) {
  // What comes next is told by the neighbour alone; what lies nine events apart is noise, and so
  // is popularity.
  const Planted& log = directed_log();
  Variant popularity;
  popularity.matrix.kind = MatrixKind::kPopularity;
  const PairWeighting far{
      .window = 10, .gap = GapDecay::kAround, .gap_scale = 0.5, .gap_centre = 9};
  const Blend blend{
      {{variant_of(far), 1}, {variant_of({.window = 1}, {}, {.last = 1}), 1}, {popularity, 1}}};
  const Phase& phase = log.split.validations[0];
  const auto model = fit_cooc(log.log.data, phase, blend, {});
  const BlendProblem problem = build_blend_problem(
      log.log.data, {&phase}, [&](size_t) -> PartedRetriever& { return *model; },
      BlendFitOptions{});
  EXPECT_EQ(problem.parts, 3u);
  std::vector<uint32_t> cases;
  for (uint32_t c = 0; c < problem.size(); ++c) cases.push_back(c);
  const auto weights = fit_blend_weights(problem, cases, {});
  EXPECT_GT(weights[1], 0);
  EXPECT_GT(weights[1], 2 * std::abs(weights[0]));
  EXPECT_EQ(fit_blend_weights(problem, cases, {.threads = 2}), weights);
  EXPECT_EQ(fit_blend_weights(problem, {}, {}), std::vector<double>(3, 0.0));
}

TEST(BlendFitOptions, GiveUpCandidatesThenCasesWhereMemoryIsShort) {
  // 10 parts of 100 and 200 others: 1201 rows of 11 floats, 52,844 bytes a case.
  const BlendFitOptions plenty = within_memory({}, 10, 100'000, 5000);
  EXPECT_EQ(plenty.max_cases, 5000u);
  EXPECT_EQ(plenty.candidates_per_part, 100u);
  // 60 MB for 5000 cases: with 25 and 50 it is 301 rows, 13,244 bytes, 4530 cases.
  const BlendFitOptions tight = within_memory({.memory = 100'000'000}, 10, 100'000, 5000);
  EXPECT_EQ(tight.candidates_per_part, 25u);
  EXPECT_EQ(tight.random_candidates, 50u);
  EXPECT_EQ(tight.max_cases, 60'000'000u / (301 * 11 * 4));
  // A small catalogue bounds the rows: 80 of them, 3520 bytes.
  EXPECT_EQ(within_memory({.memory = 100'000'000}, 10, 80, 5000).candidates_per_part, 100u);
  EXPECT_EQ(within_memory({.memory = 1}, 10, 100'000, 5000).max_cases, 1u);
}

// Without memory for the experts of all windows they are fitted again, and nothing else changes.
TEST(FitBlend, FitsTheSameWithExpertsOfOneWindowAtATime) {
  const TestDataset log(planted_rows(true, 250));
  Split split = make_split(log.data, SplitOptions::parse("global-time:0.1,windows=3"));
  ASSERT_GE(split.validations.size(), 2u);
  std::vector<const Phase*> phases;
  for (const Phase& phase : split.validations) phases.push_back(&phase);
  std::vector<VariantScore> leaders;
  VariantScorer scorer(log.data, phases, {});
  scorer.score({variant_of({.window = 3}), variant_of({.reverse = 1})}, [&](VariantScore&& score) {
    leaders.push_back(std::move(score));
    return true;
  });
  std::sort(leaders.begin(), leaders.end(),
            [](const auto& a, const auto& b) { return a.ndcg > b.ndcg; });
  const auto fitted = [&](uint64_t memory) {
    BlendFitOptions options{.max_cases = 20};  // few, so that the candidates fit either way
    options.memory = memory;
    return fit_blend(log.data, split, leaders, facts_of(log.data), 0, options, {.resamples = 50});
  };
  const FittedBlend kept = fitted(4ull << 30), again = fitted(2'000'000);
  EXPECT_EQ(kept.blend, again.blend);
  EXPECT_EQ(kept.ndcg, again.ndcg);
}

// One grid of the directed log, with everything, for all tests.
struct GridRun {
  GridRun() {
    register_cooc();
    write_file(directory / "space.toml", R"(
[[product]]
weighting = [{window = 1}, {window = 3}, {reverse = 1.0}]
normalisation = [{kind = "row"}, {kind = "row", target_power = 0.25}]
history = [{}, {position = "uniform"}]
[[product]]
ease = [{lambda = 20.0}]
)");
    options.directory = directory / "grid";
    options.space_toml = directory / "space.toml";
    options.search.refinements = 1;
    options.whole_log = true;
    options.bootstrap.resamples = 200;
    result = run_grid(log.log.data, log.split, options);
    page = grid_json(result, log.log.data, log.split, options, "kaskad grid");
  }
  TempDir directory;
  const Planted& log = directed_log();
  GridOptions options;
  GridResult result;
  json page;
};

const GridRun& the_run() {
  static const GridRun run;
  return run;
}

TEST(RunGrid, LeavesABundleThatScoresWhatItSays) {
  const GridRun& run = the_run();
  const Bundle bundle = load_bundle(run.options.directory + "/winner");
  EXPECT_EQ(bundle.kind, "cooc");
  EXPECT_EQ(bundle.split_hash, run.log.split.hash);
  EvalOptions options;
  options.threads = 1;
  options.bootstrap.resamples = 10;
  const Evaluation again =
      evaluate(*bundle.retriever, run.log.log.data, run.log.split, run.log.split.test, options);
  const json& test = run.page["winner"]["test"];
  EXPECT_GE(test.size(), 5u);
  for (const auto& [metric, value] : test.items()) {
    EXPECT_NEAR(again.metric(metric).interval.value, value.get<double>(), 1e-6) << metric;
  }
  EXPECT_EQ(json(run.result.winner), json::parse(bundle.manifest_text)["config"]);
}

TEST(RunGrid, LeavesAProductionBundleOfTheWholeLog) {
  const Bundle bundle = load_bundle(the_run().options.directory + "/production");
  EXPECT_EQ(bundle.history_items.size(), the_run().log.log.data.num_events());
}

TEST(RunGrid, BeatsTheBaselinesAndBlendsWithoutLoss) {
  const GridResult& result = the_run().result;
  const VariantScore& best = result.search.leaders.front();
  ASSERT_EQ(result.baselines.size(), 2u);
  for (const BaselineResult& baseline : result.baselines) {
    EXPECT_GT(best.ndcg, baseline.validation_ndcg + 0.2) << baseline.name;
  }
  ASSERT_TRUE(result.blend.has_value());
  EXPECT_GE(result.blend->ndcg, best.ndcg - 0.01);  // cross-fitted
  EXPECT_NEAR(result.blend->gain.difference.value, result.blend->ndcg - best.ndcg, 1e-5);
  EXPECT_EQ(result.blend_won, result.blend->gain.difference.low > 0);
  EXPECT_EQ(result.winner.parts.size() > 1, result.blend_won);
}

TEST(RunGrid, HoldsTheWinnerAgainstTheStrongestBaseline) {
  const GridResult& result = the_run().result;
  const BaselineResult& strongest = result.strongest_baseline();
  for (const BaselineResult& baseline : result.baselines) {
    EXPECT_LE(baseline.test.metric("ndcg@10").interval.value,
              strongest.test.metric("ndcg@10").interval.value);
    EXPECT_NEAR(baseline.winner_gain.value,
                result.test.metric("ndcg@10").interval.value -
                    baseline.test.metric("ndcg@10").interval.value,
                1e-9);
    EXPECT_LT(baseline.winner_gain.low, baseline.winner_gain.value);
  }
}

TEST(RunGrid, HasPairedEffectsHoweverTheLastRoundEnded) {
  // One round: the winner may be a step from the space's best, and its own steps were not tried.
  size_t paired = 0;
  for (const KnobEffects& knob : the_run().result.effects) {
    for (const KnobEffect& value : knob.values) paired += value.paired.has_value();
  }
  EXPECT_GT(paired, 20u);
}

TEST(GridJson, HasWhatThePageReads) {
  const json& page = the_run().page;  // "kaskad" and "created" are added by the cli
  for (const char* key : {"/command",
                          "/threads",
                          "/seconds",
                          "/variants",
                          "/metric",
                          "/dataset/name",
                          "/dataset/hash",
                          "/dataset/users",
                          "/dataset/items",
                          "/dataset/events",
                          "/dataset/time",
                          "/split/text",
                          "/split/hash",
                          "/split/warnings",
                          "/split/validation_cases",
                          "/split/test_cases",
                          "/winner/name",
                          "/winner/knobs",
                          "/winner/validation/ndcg@10",
                          "/winner/test/ndcg@10",
                          "/winner/test_intervals/ndcg@10/1",
                          "/leaderboard/0/rank",
                          "/leaderboard/0/name",
                          "/leaderboard/0/knobs/matrix",
                          "/leaderboard/0/validation/hit_rate@10",
                          "/leaderboard/0/interval/1",
                          "/leaderboard/1/difference_to_winner/low",
                          "/baselines/0/name",
                          "/baselines/0/validation/ndcg@10",
                          "/baselines/1/test/ndcg@10",
                          "/baselines/1/test_intervals/ndcg@10/0",
                          "/baselines/1/winner_gain/ndcg@10/low",
                          "/dataset/item_features_hash",
                          "/split/phases/test/cases",
                          "/reloaded",
                          "/effects_around",
                          "/blend/parts/0/name",
                          "/blend/parts/0/weight",
                          "/blend/validation/ndcg@10",
                          "/blend/cross_fitted/ndcg@10",
                          "/marginals/0/knob",
                          "/marginals/0/sentence",
                          "/marginals/0/values/0/value",
                          "/marginals/0/values/0/best",
                          "/marginals/0/values/0/median",
                          "/marginals/0/values/0/variants",
                          "/segments/0/name",
                          "/segments/0/rows/0/segment",
                          "/segments/0/rows/0/cases",
                          "/segments/0/rows/0/share",
                          "/segments/0/rows/0/ndcg@10/low",
                          "/advice/0/topic",
                          "/advice/0/verdict",
                          "/advice/0/advice",
                          "/advice/0/evidence",
                          "/trace/0/seconds",
                          "/trace/0/variants",
                          "/trace/0/best",
                          "/metric_definitions/ndcg@10"}) {
    EXPECT_TRUE(page.contains(json::json_pointer(key))) << key;
  }
  EXPECT_EQ(page["variants"], page["leaderboard"].size());
  EXPECT_EQ(page["leaderboard"][0]["difference_to_winner"]["value"], 0);
}

TEST(StartingRecipe, FollowsTheAdvice) {
  const GridResult& result = the_run().result;
  const std::string recipe =
      starting_recipe(result.advice, result.search.leaders.front(), result.facts);
  EXPECT_NE(recipe.find("model = \"sasrec\""), std::string::npos) << recipe;
  EXPECT_NE(recipe.find("causal = true"), std::string::npos) << recipe;
  EXPECT_NE(recipe.find("loss = \"softmax\""), std::string::npos) << recipe;
}

}  // namespace
}  // namespace kaskad
