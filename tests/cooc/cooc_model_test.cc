#include "kaskad/cooc/cooc_model.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "kaskad/cooc/fit.h"
#include "kaskad/model/bundle.h"
#include "tests/cooc/cooc_log.h"
#include "tests/dataset/messages.h"
#include "tests/model/retriever_battery.h"

namespace kaskad {
namespace {

Variant variant_of(const PairWeighting& weighting, const HistoryWeighting& history = {},
                   const Normalisation& normalisation = {}) {
  Variant variant;
  variant.matrix.weighting = weighting;
  variant.matrix.normalisation = normalisation;
  variant.history = history;
  return variant;
}

Variant kind_of(MatrixKind kind) {
  Variant variant;
  variant.matrix.kind = kind;
  variant.matrix.ease.lambda = 5;
  return variant;
}

const PairWeighting kNext{.window = 5, .gap = GapDecay::kInverse};
const PairWeighting kBag{.reverse = 1};
const PairWeighting kBefore{.reverse = 1, .window = 2};

Blend blend_of_three() {
  return {{{variant_of(kNext), 1.5}, {variant_of(kBag), 0.5}, {variant_of(kBefore), -0.25}}};
}

BatteryModel battery_model(const std::string& name, const Blend& blend) {
  const auto config = std::make_shared<std::string>();
  return {.name = name,
          .fit = [blend](const Dataset& data) -> std::unique_ptr<Retriever> {
            return fit_cooc(data, whole_log(data), blend, {});
          },
          .save =
              [config](const Retriever& model, const std::string& directory) {
                const auto& cooc = dynamic_cast<const CoocModel&>(model);
                *config = cooc.config();
                cooc.save(directory);
              },
          .load = [config](const std::string& directory) -> std::unique_ptr<Retriever> {
            return CoocModel::load(directory, *config);
          },
          .personal = blend.parts[0].variant.matrix.kind != MatrixKind::kPopularity};
}

INSTANTIATE_TEST_SUITE_P(
    Cooc, RetrieverBattery,
    testing::Values(
        battery_model("next", {{{variant_of(kNext), 1}}}),
        battery_model("product", {{{variant_of(kNext, {.combine = Combine::kProduct}), 1}}}),
        battery_model("max", {{{variant_of(kBag, {.combine = Combine::kMax}), 1}}}),
        battery_model("timed", {{{variant_of({.gap_tau = 2, .age_tau = 20}, {.age_tau = 30}), 1}}}),
        battery_model("top_k", {{{variant_of(kBag, {}, {.top_k = 6}), 1}}}),
        battery_model("blend", blend_of_three()),
        battery_model("blend_with_popularity",
                      {{{variant_of(kBag), 1}, {kind_of(MatrixKind::kPopularity), 0.1}}}),
        battery_model("popularity_alone", {{{kind_of(MatrixKind::kPopularity), 1}}}),
        battery_model("ease", {{{kind_of(MatrixKind::kEase), 1}}})),
    battery_name);

std::unique_ptr<CoocModel> fitted(const Blend& blend) {
  const Dataset& data = battery_dataset();
  return fit_cooc(data, whole_log(data), blend, {});
}

TEST(CoocModel, ExplainsTheWholeScoreOfASum) {
  const auto model = fitted({{{variant_of(kNext), 1}}});
  for (const OwnedQuery& query : random_queries(30)) {
    std::vector<float> scores(kBatteryItems);
    model->score_all(query.view(), scores);
    for (uint32_t item = 0; item < kBatteryItems; ++item) {
      float sum = 0;
      const ItemId asked{item};
      const auto reasons = model->explain(query.view(), {&asked, 1});
      for (const Contribution& part : reasons[0]) sum += part.share;
      EXPECT_NEAR(sum, scores[item], 1e-5f * scores[item]) << item;
    }
  }
}

// Popularity takes part in the score and has no event to name.
TEST(CoocModel, ExplainsTheWholeScoreOfABlendButForPopularity) {
  const auto all_items = [] {
    std::vector<ItemId> items;
    for (uint32_t item = 0; item < kBatteryItems; ++item) items.push_back(ItemId{item});
    return items;
  }();
  const auto model = fitted(blend_of_three());
  Blend popular = blend_of_three();
  popular.parts.push_back({kind_of(MatrixKind::kPopularity), 0.7});
  const auto with_popularity = fitted(popular);
  for (const OwnedQuery& query : random_queries(30)) {
    std::vector<float> scores(kBatteryItems);
    model->score_all(query.view(), scores);
    const auto reasons = model->explain(query.view(), all_items);
    const auto same = with_popularity->explain(query.view(), all_items);
    for (uint32_t item = 0; item < kBatteryItems; ++item) {
      float sum = 0, sum_of_same = 0;
      for (const Contribution& part : reasons[item]) sum += part.share;
      for (const Contribution& part : same[item]) sum_of_same += part.share;
      EXPECT_NEAR(sum, scores[item], 1e-4f) << item;
      EXPECT_EQ(sum_of_same, sum) << item;
    }
  }
}

TEST(CoocModel, BlendsLogarithmsOfSharesByHand) {
  // a is followed by b twice and by c once; d by c. History a: shares of next b 2/3, c 1/3.
  // Popularity outside the history: b 2, c 2, d 1 of 5.
  const TestDataset log({{"u", "a", 0},
                         {"u", "b", 1},
                         {"v", "a", 0},
                         {"v", "b", 1},
                         {"w", "a", 0},
                         {"w", "c", 1},
                         {"x", "d", 0},
                         {"x", "c", 1}});
  const Blend blend{{{variant_of({}), 2}, {kind_of(MatrixKind::kPopularity), -0.5}}};
  const auto model = fit_cooc(log.data, whole_log(log.data), blend, {});
  const std::vector<ItemId> items = {log.item("a")};
  const std::vector<int64_t> times = {0};
  std::vector<float> scores(4);
  model->score_all({History{items, times, {}, {}}}, scores);
  const auto term = [](double share) { return std::log1p(share / kBlendFloor); };
  EXPECT_EQ(scores[0], 0);
  EXPECT_NEAR(scores[1], 2 * term(2.0 / 3) - 0.5 * term(2.0 / 5), 1e-4);
  EXPECT_NEAR(scores[2], 2 * term(1.0 / 3) - 0.5 * term(2.0 / 5), 1e-4);
  EXPECT_NEAR(scores[3], -0.5 * term(1.0 / 5), 1e-4);
  std::vector<float> parts(2 * 4);
  model->score_parts({History{items, times, {}, {}}}, parts);
  EXPECT_NEAR(parts[0 * 4 + 1], term(2.0 / 3), 1e-4);
  EXPECT_NEAR(parts[1 * 4 + 3], term(1.0 / 5), 1e-4);
}

TEST(CoocModel, BlendsHistoriesThatHaveFadedToNothing) {
  // 80 days under a decay of one day: scores of 2e-35, whose share would be found with a factor
  // of 1 / (2e-35 * kBlendFloor), which is no float.
  const TestDataset log({{"u", "a", 0}, {"u", "b", kDay}, {"x", "c", kDay}});
  const Blend blend{{{variant_of({}, {.age_tau = 1}), 1}, {kind_of(MatrixKind::kPopularity), 1}}};
  const auto model = fit_cooc(log.data, whole_log(log.data), blend, {});
  const std::vector<ItemId> items = {log.item("a")};
  const std::vector<int64_t> times = {0};
  for (const int64_t days : {50, 80, 90, 200}) {
    std::vector<float> scores(3);
    model->score_all({.history = {items, times, {}, {}}, .now = days * kDay}, scores);
    for (const float score : scores) EXPECT_TRUE(std::isfinite(score)) << days << " days";
    EXPECT_GT(scores[2], 0) << "popularity is left";
  }
}

// Somebody who returns after years is answered from what they took, not by popularity alone.
TEST(CoocModel, AnswersALongAbsentUserAsOneOfToday) {
  const auto model = fitted({{{variant_of(kBag, {.age_tau = 2}), 1}}});
  OwnedQuery query;
  query.take({4, 6});
  Query today = query.view(), later = query.view();
  today.now = query.view().history.times.back();
  later.now = today.now + 3000 * kDayMs;
  std::vector<ScoredItem> expected(5), found(5);
  model->retrieve({&today, 1}, 5, expected);
  model->retrieve({&later, 1}, 5, found);
  EXPECT_GT(expected[0].score, 0);
  EXPECT_EQ(found, expected);
}

TEST(CoocModel, FindsWhatIsLikeAnItem) {
  const auto model = fitted({{{kind_of(MatrixKind::kPopularity), 1}, {variant_of(kNext), 1}}});
  const auto similar = model->similar(ItemId{4}, 2);
  ASSERT_EQ(similar.size(), 2u);
  EXPECT_EQ(similar[0].item, ItemId{6});  // users take even items in order
  EXPECT_EQ(similar[1].item, ItemId{8});
  EXPECT_TRUE(fitted({{{kind_of(MatrixKind::kPopularity), 1}}})->similar(ItemId{4}, 2).empty());
}

TEST(CoocModel, TakesOtherWeightsAndFewerParts) {
  const auto model = fitted(blend_of_three());
  const std::vector<size_t> kept = {0, 2};
  model->keep_parts(kept);
  model->set_weights(std::vector<double>{1.5, -0.25});
  Blend fewer = blend_of_three();
  fewer.parts.erase(fewer.parts.begin() + 1);
  EXPECT_EQ(model->blend(), fewer);
  const auto queries = random_queries(20);
  EXPECT_EQ(retrieve_all(*model, queries, 5), retrieve_all(*fitted(fewer), queries, 5));
}

TEST(CoocModel, LikenessIsWhatThePartsThatSpeakForItemsSay) {
  // After a: b twice, c once. Around a, both ways: b 2, c 1, d 1 (d before a).
  const TestDataset log({{"u", "a", 0},
                         {"u", "b", 1},
                         {"v", "a", 0},
                         {"v", "b", 1},
                         {"w", "a", 0},
                         {"w", "c", 1},
                         {"x", "d", 0},
                         {"x", "a", 1}});
  const auto next = variant_of({}, {}, {.kind = NormKind::kRaw});
  const auto both = variant_of({.reverse = 1}, {}, {.kind = NormKind::kRaw});
  const auto model = fit_cooc(log.data, whole_log(log.data), {{{next, 2}, {both, 0.5}}}, {});
  const auto term = [](double share) { return std::log1p(share / kBlendFloor); };
  const auto similar = model->similar(log.item("a"), 5);
  ASSERT_EQ(similar.size(), 3u);
  EXPECT_EQ(similar[0].item, log.item("b"));
  EXPECT_NEAR(similar[0].score, 2 * term(2.0 / 3) + 0.5 * term(2.0 / 4), 1e-3);
  EXPECT_EQ(similar[1].item, log.item("c"));
  EXPECT_NEAR(similar[1].score, 2 * term(1.0 / 3) + 0.5 * term(1.0 / 4), 1e-3);
  EXPECT_EQ(similar[2].item, log.item("d"));
  EXPECT_NEAR(similar[2].score, 0.5 * term(1.0 / 4), 1e-3);
  const auto against = fit_cooc(log.data, whole_log(log.data), {{{next, 2}, {both, -0.5}}}, {});
  EXPECT_EQ(against->similar(log.item("a"), 5).size(), 2u);  // b and c
}

// Saves a model, lets `damage` at its files, loads it.
std::string message_after(const std::function<void(const std::string&)>& damage) {
  const TempDir directory;
  const auto model = fitted({{{variant_of(kNext), 1}}});
  model->save(directory.path());
  damage(directory.path());
  return message_of([&] { CoocModel::load(directory.path(), model->config()); });
}

TEST(CoocModel, RefusesDamagedArrays) {
  const auto write = [](auto values, const char* name) {
    return [=](const std::string& directory) { write_npy(directory + "/" + name, values); };
  };
  EXPECT_EQ(message_after([](const std::string&) {}), "(nothing was thrown)");
  std::vector<uint32_t> columns(77, 999);
  EXPECT_TRUE(contains(message_after(write(columns, "matrix-0.columns.npy")), "is damaged"));
  EXPECT_TRUE(
      contains(message_after(write(std::vector<float>{1}, "matrix-0.values.npy")), "is damaged"));
  std::vector<float> values(77, 1);
  values[5] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_TRUE(contains(message_after(write(values, "matrix-0.values.npy")), "no finite number"));
  EXPECT_TRUE(contains(
      message_after(write(std::vector<uint64_t>(kBatteryItems + 1, 5), "matrix-0.row_begin.npy")),
      "is damaged"));
  EXPECT_TRUE(contains(message_after(write(std::vector<uint64_t>(3, 1), "popularity.npy")),
                       "expected rows for 3 items"));
  EXPECT_TRUE(contains(message_after([](const std::string& directory) {
                         std::filesystem::remove(directory + "/matrix-0.values.npy");
                       }),
                       "matrix-0.values.npy"));
}

TEST(FitCooc, RefusesTimeWithoutAClock) {
  const TestDataset log({{"u", "a", 0}, {"u", "b", 1}}, {.time_kind = TimeKind::kOrder});
  Variant popularity = kind_of(MatrixKind::kPopularity);
  popularity.matrix.popularity_tau = 3;
  for (const Variant& variant :
       {variant_of({.age_tau = 3}), variant_of(kNext, {.age_tau = 3}), popularity}) {
    EXPECT_TRUE(
        contains(message_of([&] { fit_cooc(log.data, whole_log(log.data), {{{variant, 1}}}, {}); }),
                 "the log has no clock"))
        << variant.name();
  }
}

// RP3beta out of the knobs: u has a b, v has a b c, w has a. From a, of degree 3, a walk comes to
// b by u (1/3 * 1/2) and by v (1/3 * 1/3), and to c by v; b has degree 2, c 1. The popularity
// correction is relative to the most popular item, which is the same factor 3^beta everywhere.
TEST(FitCooc, WalksLikeRp3Beta) {
  const TestDataset log(
      {{"u", "a", 0}, {"u", "b", 1}, {"v", "a", 0}, {"v", "b", 1}, {"v", "c", 2}, {"w", "a", 0}});
  const double beta = 0.6;
  for (const uint32_t top_k : {0u, 2u}) {
    const auto model = fit_cooc(
        log.data, whole_log(log.data),
        {{{variant_of(
               {.reverse = 1, .user = UserWeight::kWalk}, {},
               {.kind = NormKind::kCosine, .alpha = 1, .target_power = beta, .top_k = top_k}),
           1}}},
        {});
    const auto from_a = model->similar(log.item("a"), 3);
    ASSERT_EQ(from_a.size(), 2u);
    EXPECT_EQ(from_a[0].item, log.item("b"));
    EXPECT_NEAR(from_a[0].score,
                (1.0 / 3) * (1.0 / 2 + 1.0 / 3) / std::pow(2, beta) * std::pow(3, beta), 1e-6);
    EXPECT_EQ(from_a[1].item, log.item("c"));
    EXPECT_NEAR(from_a[1].score, (1.0 / 3) * (1.0 / 3) / std::pow(1, beta) * std::pow(3, beta),
                1e-6);
    // From c, of degree 1, by v alone: 1 * 1/3 to either, a has degree 3 and b 2.
    const auto from_c = model->similar(log.item("c"), 3);
    EXPECT_EQ(from_c[0].item, log.item("b"));
    EXPECT_NEAR(from_c[1].score, (1.0 / 3) / std::pow(3, beta) * std::pow(3, beta), 1e-6);
  }
}

// Capped to two events the history a b c is b c, alone and beside a part that reads it all.
TEST(FitCooc, ReadsTheNewestEventsOfAHistory) {
  const TestDataset log({{"u", "a", 0}, {"u", "b", 1}, {"u", "c", 2}});
  const Variant newest = variant_of({.reverse = 1, .max_history = 2}, {}, {.top_k = 5});
  const Variant all = variant_of({.reverse = 1}, {}, {.top_k = 5});
  const auto similar_to_a = [&](const Blend& blend) {
    return fit_cooc(log.data, whole_log(log.data), blend, {})->similar(log.item("a"), 5).size();
  };
  EXPECT_EQ(similar_to_a({{{newest, 1}}}), 0u);
  EXPECT_EQ(similar_to_a({{{all, 1}}}), 2u);
  EXPECT_EQ(similar_to_a({{{newest, 1}, {all, 1}}}), 2u);
  EXPECT_EQ(similar_to_a({{{newest, 1}, {all, -1}}}), 0u);
}

TEST(FitCooc, CountsMoreThanSixteenWeightingsInPasses) {
  Blend blend;
  for (uint32_t window = 1; window <= 20; ++window) {
    blend.parts.push_back({variant_of({.window = window}), 1.0 / window});
  }
  const auto model = fitted(blend);
  for (const size_t part : {0u, 7u, 19u}) {
    const auto alone = fitted({{blend.parts[part]}});
    std::vector<float> parts(20 * kBatteryItems), scores(kBatteryItems);
    OwnedQuery query;
    query.take({4});
    model->score_parts(query.view(), parts);
    alone->score_all(query.view(), scores);
    for (size_t j = 0; j < kBatteryItems; ++j) {
      EXPECT_EQ(parts[part * kBatteryItems + j] > 0, scores[j] > 0) << "part " << part;
    }
  }
}

}  // namespace
}  // namespace kaskad
