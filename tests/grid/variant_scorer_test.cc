#include "kaskad/grid/variant_scorer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "kaskad/cooc/fit.h"
#include "kaskad/eval/evaluation.h"
#include "tests/dataset/messages.h"
#include "tests/grid/planted_log.h"

namespace kaskad {
namespace {

std::vector<Variant> some_variants() {
  Variant ease;
  ease.matrix.kind = MatrixKind::kEase;
  ease.matrix.ease.lambda = 20;
  const PairWeighting next{.window = 5, .gap = GapDecay::kInverse}, bag{.reverse = 1};
  return {variant_of(next),
          variant_of(next, {.kind = NormKind::kCosine}, {.combine = Combine::kMax}),
          variant_of(next, {.target_power = 0.25, .top_k = 8}),
          variant_of(bag, {.kind = NormKind::kRaw}, {.position = PositionDecay::kUniform}),
          variant_of(bag, {.kind = NormKind::kBm25}, {.combine = Combine::kProduct}),
          variant_of({.gap_tau = 1, .age_tau = 9}, {}, {.age_tau = 3, .last = 4}),
          variant_of({.reverse = 1, .user = UserWeight::kWalk},
                     {.kind = NormKind::kCosine, .alpha = 1, .target_power = 0.5}),
          variant_of({.window = 5, .max_history = 6}),
          ease};
}

// By variant, in the order asked.
std::vector<VariantScore> scores_of(const Planted& log, const std::vector<Variant>& variants,
                                    const ScorerOptions& options) {
  VariantScorer scorer(log.log.data, log.phases(), options);
  std::vector<VariantScore> scores(variants.size());
  size_t count = 0;
  scorer.score(variants, [&](VariantScore&& score) {
    const auto place = std::find(variants.begin(), variants.end(), score.variant);
    scores.at(static_cast<size_t>(place - variants.begin())) = std::move(score);
    ++count;
    return true;
  });
  EXPECT_EQ(count, variants.size());
  return scores;
}

TEST(ScoreCase, ByHand) {
  // Ranks 1, 3, 20 of three targets: (1 + 1/log2(4)) / (1 + 1/log2(3) + 1/log2(4)).
  std::vector<float> ranks = {20, 1, 3};
  float ndcg = 0, hit = 0;
  score_case(ranks, &ndcg, &hit);
  EXPECT_FLOAT_EQ(ndcg, static_cast<float>(1.5 / (1.5 + 1 / std::log2(3.0))));
  EXPECT_EQ(hit, 1);
  ranks = {10.5f};  // in the middle of a tie that reaches beyond the ten
  score_case(ranks, &ndcg, &hit);
  EXPECT_EQ(ndcg, 0);
  EXPECT_EQ(hit, 0);
}

TEST(VariantScorer, AgreesWithTheEvaluator) {
  const Planted& log = directed_log();
  const auto variants = some_variants();
  const auto scores = scores_of(log, variants, {.threads = 2});
  EvalOptions options;
  options.metrics = parse_metrics("ndcg@10,hit_rate@10", Profile::kKaskad);
  options.threads = 1;
  options.bootstrap.resamples = 1;
  const Phase& phase = log.split.validations[0];
  for (size_t v = 0; v < variants.size(); ++v) {
    SCOPED_TRACE(variants[v].name());
    const auto model = fit_cooc(log.log.data, phase, {{{variants[v], 1}}}, {});
    const Evaluation evaluation = evaluate(*model, log.log.data, log.split, phase, options);
    const std::vector<double> ndcg = evaluation.column("ndcg@10");
    ASSERT_EQ(scores[v].case_ndcg.size(), ndcg.size());
    for (size_t c = 0; c < ndcg.size(); ++c) EXPECT_NEAR(scores[v].case_ndcg[c], ndcg[c], 1e-6);
    EXPECT_NEAR(scores[v].ndcg, evaluation.metric("ndcg@10").interval.value, 1e-6);
    EXPECT_NEAR(scores[v].hit_rate, evaluation.metric("hit_rate@10").interval.value, 1e-6);
  }
}

TEST(VariantScorer, WithLittleMemoryScoresTheSame) {
  const auto variants = some_variants();
  const auto whole = scores_of(directed_log(), variants, {});
  // 60 x 60 pairs of 4 bytes a weighting: half of this has room for four weightings at a time.
  const auto tight = scores_of(directed_log(), variants, {.memory = 400'000});
  // And here rows are cut to 32 columns and no dense matrix fits: nearly the same.
  const auto pruned = scores_of(directed_log(), variants, {.memory = 50'000});
  for (size_t v = 0; v < variants.size(); ++v) {
    EXPECT_EQ(whole[v].case_ndcg, tight[v].case_ndcg) << variants[v].name();
    EXPECT_NEAR(whole[v].ndcg, pruned[v].ndcg, 0.05) << variants[v].name();
  }
}

// Windows are scored one after the other, so that their number costs nothing but their events.
TEST(VariantScorer, HoldsWhatTheMemoryAllows) {
  // 200 users take 30 of 400 items each, a day apart or so: 200 * 900 pairs of mostly other items.
  std::mt19937 random(5);
  std::vector<TestRow> rows;
  for (int u = 0; u < 200; ++u) {
    for (int64_t e = 0; e < 30; ++e) {
      rows.push_back({"u" + std::to_string(u), "i" + std::to_string(random() % 400),
                      (24 * e + static_cast<int64_t>(random() % 24)) * 3'600'000});
    }
  }
  const TestDataset log(rows);
  const Split split = make_split(log.data, SplitOptions::parse("global-time:0.1,windows=3"));
  std::vector<const Phase*> phases;
  for (const Phase& phase : split.validations) phases.push_back(&phase);
  ASSERT_EQ(phases.size(), 3u);
  // With and without a clock, narrow and wide: they share a pass, and the widest is not the last.
  std::vector<Variant> variants;
  for (const PairWeighting& weighting :
       {PairWeighting{}, PairWeighting{.window = 1}, PairWeighting{.reverse = 1},
        PairWeighting{.window = 2, .gap_tau = 1}, PairWeighting{.window = 1, .age_tau = 5}}) {
    for (const double decay : {0.5, 1.0, 2.0}) {
      variants.push_back(variant_of(weighting, {}, {.decay = decay}));
      variants.push_back(variant_of(weighting, {.top_k = 20}, {.decay = decay, .last = 4}));
    }
  }
  const auto held = [&](uint64_t memory) {
    VariantScorer scorer(log.data, phases, {.memory = memory});
    scorer.score(variants, [](VariantScore&&) { return true; });
    return scorer.held();
  };
  const uint64_t unbounded = held(1ull << 30);
  for (const uint64_t memory : {unbounded, unbounded * 3 / 4, unbounded / 2}) {
    EXPECT_LE(held(memory), memory) << "of " << unbounded;
  }
}

TEST(VariantScorer, AsksAShareOfTheCases) {
  const auto scores = scores_of(directed_log(), {variant_of({})}, {.max_cases = 50});
  EXPECT_LE(scores[0].case_ndcg.size(), 50u);
  EXPECT_GE(scores[0].case_ndcg.size(), 40u);
}

// A log of 400 days under a trend of one day: most counts are below what a float holds, and
// content is scaled by the largest weights there are.
TEST(VariantScorer, TrendsThatFadeEverythingStayMeasurable) {
  std::vector<TestRow> rows = planted_rows(true, 120);
  for (TestRow& row : rows) row.time *= 10;  // 1000 hours become 400 days
  CategoricalColumn group{"group", {}, {0}, {}};
  for (uint32_t g = 0; g < kGroups; ++g) group.names.push_back("g" + std::to_string(g));
  const TestDataset plain(rows);
  for (size_t i = 0; i < plain.data.num_items(); ++i) {
    const std::string name(plain.data.items().name(i));  // "g3.5"
    group.codes.push_back(static_cast<uint32_t>(name[1] - '0'));
    group.offsets.push_back(group.codes.size());
  }
  DatasetContents contents{.time_kind = TimeKind::kClock};
  contents.item_features.categorical = {group};
  const TestDataset log(rows, contents);
  const Split split = make_split(log.data, SplitOptions::parse("leave-one-out"));
  std::vector<Variant> variants;
  for (const double tau : {0.1, 1.0, 30.0}) {
    for (const double power : {0.0, 0.5, 2.0}) {
      Variant variant = variant_of({.reverse = 1, .age_tau = tau}, {.target_power = power});
      variant.matrix.content = 0.4;
      variants.push_back(variant);
      variant.matrix.normalisation = {.kind = NormKind::kLift, .top_k = 20};
      variants.push_back(variant);
    }
  }
  VariantScorer scorer(log.data, {&split.validations[0]}, {});
  scorer.score(variants, [&](VariantScore&& score) {
    EXPECT_GE(score.ndcg, 0) << score.variant.name();
    EXPECT_LE(score.ndcg, score.hit_rate) << score.variant.name();  // one target a case
    EXPECT_LE(score.hit_rate, 1) << score.variant.name();
    // And what would be served of it.
    const auto model = fit_cooc(log.data, split.test, {{{score.variant, 1}}}, {});
    const Evaluation test = evaluate(
        *model, log.data, split, split.test,
        {.metrics = parse_metrics("ndcg@10", Profile::kKaskad), .bootstrap = {.resamples = 1}});
    EXPECT_LE(test.metrics[0].interval.value, 1) << score.variant.name();
    return true;
  });
}

TEST(VariantScorer, StopsWhenTold) {
  VariantScorer scorer(directed_log().log.data, directed_log().phases(), {});
  size_t count = 0;
  scorer.score(some_variants(), [&](VariantScore&&) { return ++count < 2; });
  EXPECT_EQ(count, 2u);
}

TEST(VariantScorer, RefusesTimeAndContentThatTheLogLacks) {
  const Planted ordered(true, TimeKind::kOrder, 40);
  VariantScorer scorer(ordered.log.data, ordered.phases(), {});
  const auto message = [&](const Variant& variant) {
    return message_of([&] { scorer.score({variant}, [](VariantScore&&) { return true; }); });
  };
  EXPECT_TRUE(contains(message(variant_of({.gap_tau = 1})), "the log has no clock"));
  EXPECT_TRUE(contains(message(variant_of({}, {}, {.age_tau = 1})), "the log has no clock"));
  Variant content = variant_of({});
  content.matrix.content = 0.1;
  EXPECT_TRUE(contains(message(content), "needs item features"));
}

}  // namespace
}  // namespace kaskad
