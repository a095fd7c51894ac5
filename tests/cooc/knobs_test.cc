#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "kaskad/cooc/variant.h"
#include "tests/dataset/messages.h"

namespace kaskad {
namespace {

using nlohmann::json;

template <typename T>
T read(const char* text) {
  T value;
  from_json(json::parse(text), value);
  return value;
}

template <typename T>
T there_and_back(const T& value) {
  T result;
  from_json(json::parse(json(value).dump()), result);
  return result;
}

PairWeighting every_pair_knob() {
  return {.reverse = 0.3,
          .window = 20,
          .gap = GapDecay::kExponential,
          .gap_scale = 4,
          .gap_centre = 2,
          .time_window = 7,
          .gap_tau = 2,
          .age_tau = 30,
          .user = UserWeight::kIdf,
          .event_weight = true,
          .max_history = 200};
}

TEST(PairWeighting, SaysItsKnobs) {
  EXPECT_EQ(PairWeighting{}.name(), "next");
  EXPECT_EQ((PairWeighting{.reverse = 1}.name()), "both");
  EXPECT_EQ((PairWeighting{.window = 20, .gap = GapDecay::kInverse}.name()),
            "next, window 20, 1/gap");
  EXPECT_EQ((PairWeighting{.gap = GapDecay::kAround, .gap_centre = 3}.name()),
            "next, around gap 3");
  EXPECT_EQ(every_pair_knob().name(),
            "next + 0.3 reverse, window 20, exp(-gap/4), within 7d, exp(-dt/2d), trend 30d, "
            "user idf, events by weight, newest 200 events");
}

TEST(PairWeighting, WeighsGapsAndUsersByHand) {
  const auto gap = [](GapDecay decay, uint32_t positions) {
    return PairWeighting{.window = 9, .gap = decay, .gap_scale = 5, .gap_centre = 4}.gap_weight(
        positions);
  };
  EXPECT_EQ(gap(GapDecay::kNone, 9), 1);
  EXPECT_EQ(gap(GapDecay::kNone, 10), 0);
  EXPECT_EQ(gap(GapDecay::kInverse, 4), 0.25);
  EXPECT_EQ(gap(GapDecay::kInverseRoot, 4), 0.5);
  EXPECT_DOUBLE_EQ(gap(GapDecay::kExponential, 6), std::exp(-1));
  EXPECT_DOUBLE_EQ(gap(GapDecay::kAround, 9), std::exp(-1));
  EXPECT_EQ(gap(GapDecay::kAround, 4), 1);
  const auto user = [](UserWeight weight) {
    return PairWeighting{.user = weight}.user_weight(3, 8);
  };
  EXPECT_EQ(user(UserWeight::kOne), 1);
  EXPECT_DOUBLE_EQ(user(UserWeight::kInverse), 1.0 / 3);
  EXPECT_DOUBLE_EQ(user(UserWeight::kInverseLog), 1 / std::log(4));
  EXPECT_DOUBLE_EQ(user(UserWeight::kIdf), std::pow(std::log(8) - std::log(4), 2));  // 8 / (1 + 3)
  EXPECT_EQ((PairWeighting{.user = UserWeight::kIdf}.user_weight(100, 8)), 0);  // beyond all items
  EXPECT_DOUBLE_EQ(user(UserWeight::kWalk), 1.0 / 3);
  EXPECT_EQ((PairWeighting{.user = UserWeight::kWalk}.occurrence_weight(3, 8)), 1);
  EXPECT_EQ((PairWeighting{.user = UserWeight::kInverse}.occurrence_weight(3, 8)), 1.0 / 3);
}

TEST(Normalisation, SaysItsKnobs) {
  EXPECT_EQ(Normalisation{}.name(), "row");
  EXPECT_EQ((Normalisation{.kind = NormKind::kCosine, .alpha = 0.75}.name()), "cosine alpha 0.75");
  EXPECT_EQ(
      (Normalisation{.source_power = 0.5, .target_power = 0.25, .shrinkage = 2, .top_k = 9}.name()),
      "row^0.5, pop^-0.25, shrink 2, top 9");
}

TEST(HistoryWeighting, SaysItsKnobs) {
  EXPECT_EQ(HistoryWeighting{}.name(), "1/(1+k)");
  EXPECT_EQ((HistoryWeighting{.position = PositionDecay::kGeometric, .decay = 0.8}.name()),
            "0.8^k");
  EXPECT_EQ(
      (HistoryWeighting{.decay = 0.5, .age_tau = 3, .last = 5, .combine = Combine::kMax}.name()),
      "1/(1+k)^0.5, last 5, exp(-age/3d), max");
  EXPECT_EQ((HistoryWeighting{.last = 3, .skip = 2}.name()), "event 3 before");
}

TEST(HistoryWeighting, WeighsTheNewestEventFirst) {
  // Days 0, 6, 8: 1, .5 exp(-2/4), .25 exp(-8/4).
  constexpr int64_t kDay = 86'400'000;
  const std::vector<ItemId> items = {ItemId{7}, ItemId{8}, ItemId{9}};
  const std::vector<int64_t> times = {0, 6 * kDay, 8 * kDay};
  HistoryWeighting h{.position = PositionDecay::kGeometric, .decay = 0.5, .age_tau = 4};
  std::vector<WeightedItem> out;
  weigh_history(h, items, times, out);
  ASSERT_EQ(out.size(), 3u);
  EXPECT_EQ(out[0].item, 9u);
  EXPECT_EQ(out[0].position, 2u);
  EXPECT_NEAR(out[0].weight, 1, 1e-6);
  EXPECT_NEAR(out[1].weight, 0.5 * std::exp(-0.5), 1e-6);
  EXPECT_NEAR(out[2].weight, 0.25 * std::exp(-2), 1e-6);
  h.last = 2, h.skip = 1;  // the second newest alone
  weigh_history(h, items, times, out);
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(out[0].item, 8u);
  EXPECT_NEAR(out[0].weight, 0.5, 1e-6);                       // it is the newest that takes part
  h = {.position = PositionDecay::kGeometric, .decay = 1e-5};  // the second weighs next to nothing
  weigh_history(h, items, times, out);
  EXPECT_EQ(out.size(), 1u);
}

TEST(HistoryWeighting, TakesAnyTimesAClientSends) {
  const std::vector<ItemId> items = {ItemId{1}, ItemId{2}, ItemId{3}};
  const std::vector<int64_t> times = {INT64_MIN, INT64_MAX, INT64_MAX - 1};
  std::vector<WeightedItem> out;
  weigh_history({.position = PositionDecay::kUniform, .age_tau = 1}, items, times, out);
  ASSERT_EQ(out.size(), 2u);  // the first is too old to count
  EXPECT_EQ(out[0].weight, 1);
  EXPECT_EQ(out[1].weight, 1);  // out of order: age 0
  weigh_history({.age_tau = 1, .skip = 3}, items, times, out);
  EXPECT_TRUE(out.empty());
}

TEST(Variants, SurviveJson) {
  EXPECT_EQ(there_and_back(every_pair_knob()), every_pair_knob());
  Variant counted;
  counted.matrix.weighting = every_pair_knob();
  counted.matrix.normalisation = {.kind = NormKind::kBm25, .target_power = 0.2, .top_k = 3};
  counted.matrix.content = 0.1;
  counted.history = {.decay = 2, .age_tau = 1, .last = 4, .skip = 1, .combine = Combine::kProduct};
  Variant ease, content, popularity;
  ease.matrix.kind = MatrixKind::kEase;
  ease.matrix.ease = {.lambda = 7, .max_items = 50};
  content.matrix.kind = MatrixKind::kContent;
  popularity.matrix.kind = MatrixKind::kPopularity;
  popularity.matrix.popularity_tau = 3;
  const Blend blend{{{counted, 1}, {ease, -0.5}, {content, 0.25}, {popularity, 2}}};
  EXPECT_EQ(there_and_back(blend), blend);
}

TEST(Variants, KeepDefaultsOfMissingKeys) {
  EXPECT_EQ(read<PairWeighting>("{}"), PairWeighting{});
  EXPECT_EQ(read<Variant>("{}"), Variant{});
  EXPECT_EQ(read<PairWeighting>(R"({"window":5})"), (PairWeighting{.window = 5}));
}

TEST(Variants, RefuseUnknownKeysAndValuesNamingTheAllowedOnes) {
  const auto message = [](auto reader, const char* text) {
    return message_of([&] { reader(text); });
  };
  EXPECT_EQ(message(read<PairWeighting>, R"({"windows":5})"),
            "pair weighting: found the key 'windows', expected one of reverse, window, gap, "
            "gap_scale, gap_centre, time_window, gap_tau, age_tau, user, event_weight, "
            "max_history");
  EXPECT_EQ(message(read<PairWeighting>, R"({"user":"all"})"),
            "pair weighting, 'user': found \"all\", expected one of one, inverse, inverse_log, "
            "idf, walk");
  EXPECT_EQ(message(read<PairWeighting>, R"({"reverse":2})"),
            "pair weighting, 'reverse': found 2, expected a number from 0 to 1");
  EXPECT_EQ(message(read<PairWeighting>, R"({"window":-1})"),
            "pair weighting, 'window': found -1, expected a whole number, 0 or more");
  EXPECT_TRUE(contains(message(read<Normalisation>, R"({"kind":"l2"})"), "jaccard, dice"));
  EXPECT_TRUE(contains(message(read<HistoryWeighting>, "[]"), "expected an object"));
  EXPECT_TRUE(contains(message(read<Variant>, R"({"matrices":{}})"), "matrix, history"));
  EXPECT_TRUE(contains(message(read<Blend>, R"({"parts":[]})"), "at least one"));
  EXPECT_TRUE(contains(message(read<Blend>, "{}"), "at least one"));
}

}  // namespace
}  // namespace kaskad
