#include "kaskad/kernels/pair_accumulator.h"

#include <bit>
#include <cmath>
#include <limits>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "tests/kernels/simd_targets.h"

namespace kaskad {
namespace {

// Random tables: every lane with a window, a reverse share and decays of its own.
struct Tables {
  Tables(uint32_t seed, size_t max_gap, bool reversed, bool timed, bool weighted = false)
      : random(seed),
        gap((max_gap + 1) * kLanes),
        reverse(kLanes),
        gap_rate(kLanes),
        age_rate(kLanes),
        limit(kLanes),
        weighs(kLanes),
        user(kLanes) {
    for (size_t l = 0; l < kLanes; ++l) {
      const size_t window = 1 + l * max_gap / kLanes;  // lanes see less than max_gap
      for (size_t g = 1; g <= std::min(window, max_gap); ++g) gap[g * kLanes + l] = uniform();
      reverse[l] = reversed ? static_cast<float>(l % 3) / 2 : 0;  // 0, .5, 1
      gap_rate[l] = l % 2 == 0 ? uniform() : 0;
      age_rate[l] = l % 3 == 0 ? uniform() / 10 : 0;
      limit[l] = l % 4 == 0 ? 2.5f : std::numeric_limits<float>::max();
      weighs[l] = l % 5 < 2 ? 1 : 0;
      user[l] = l == kLanes - 1 ? 0 : uniform();  // the last lane is unused
    }
    tables.gap = gap.data();
    tables.max_gap = max_gap;
    tables.reverse = reverse.data();
    tables.any_reverse = reversed;
    tables.uses_time = timed;
    tables.gap_rate = gap_rate.data();
    tables.age_rate = age_rate.data();
    tables.time_limit = limit.data();
    tables.uses_weights = weighted;
    tables.weighs = weighs.data();
  }
  float uniform() { return std::uniform_real_distribution<float>(0.1f, 1)(random); }

  std::mt19937 random;
  Floats gap, reverse, gap_rate, age_rate, limit, weighs, user;
  LaneTables tables;
};

// What one way of accumulating leaves behind.
struct Result {
  explicit Result(size_t items)
      : accumulators(items * kLanes), is_touched(items, 0), touched(items + 1) {}

  void add(decltype(accumulate_lanes)& accumulate, const Neighbourhood& around,
           const Tables& tables) {
    count = accumulate(around, tables.tables, tables.user.data(), accumulators.data(),
                       is_touched.data(), touched.data(), count);
  }
  std::set<uint32_t> touched_items() const { return {touched.begin(), touched.begin() + count}; }

  Floats accumulators;
  std::vector<uint8_t> is_touched;
  std::vector<uint32_t> touched;
  size_t count = 0;
};

void expect_equal(const Result& a, const Result& b) {
  EXPECT_EQ(a.count, b.count);
  EXPECT_EQ(a.touched_items(), b.touched_items());
  EXPECT_EQ(a.touched_items().size(), a.count) << "an item is listed twice";
  EXPECT_EQ(a.is_touched, b.is_touched);
  for (size_t i = 0; i < a.accumulators.size; ++i) {
    const float x = a.accumulators.data()[i], y = b.accumulators.data()[i];
    ASSERT_NEAR(x, y, 1e-5 * std::fabs(y) + 1e-7)
        << "item " << i / kLanes << " lane " << i % kLanes;
  }
}

TEST(AccumulateLanes, EqualsThePlainFormOnEveryTarget) {
  constexpr size_t kItems = 7;  // few, so that items repeat and meet themselves
  for_each_target([] {
    for (const size_t events : {1u, 2u, 5u, 33u}) {
      for (const size_t max_gap : {1u, 3u, 40u}) {
        for (const bool reversed : {false, true}) {
          for (const int form : {0, 1, 2, 3}) {
            const bool timed = form & 1, weighted = form & 2;
            SCOPED_TRACE(testing::Message()
                         << events << " events, gap " << max_gap << ", reversed " << reversed
                         << ", timed " << timed << ", weighted " << weighted);
            Tables tables(static_cast<uint32_t>(events * 100 + max_gap), max_gap, reversed, timed,
                          weighted);
            // The history lies inside a longer array, as it does in a log.
            std::vector<uint32_t> item(events + 6);
            std::vector<double> day(events + 6);
            std::vector<float> weight(events + 6);
            for (size_t e = 0; e < item.size(); ++e) {
              item[e] = static_cast<uint32_t>(tables.random() % kItems);
              day[e] = static_cast<double>(e) * 0.7 - 40;
              weight[e] = static_cast<float>(tables.random() % 6);
            }
            Result fast(kItems), plain(kItems);
            for (size_t event = 3; event < 3 + events; ++event) {  // first and last among them
              const Neighbourhood around{item.data(), day.data(), weight.data(),
                                         3,           3 + events, event};
              fast.add(accumulate_lanes, around, tables);
              plain.add(accumulate_lanes_reference, around, tables);
            }
            expect_equal(fast, plain);
          }
        }
      }
    }
  });
}

TEST(AccumulateLanes, OfOneRepeatedItemIsNothing) {
  Tables tables(1, 5, true, false);
  const std::vector<uint32_t> item(9, 2);
  Result result(3);
  result.add(accumulate_lanes, {item.data(), nullptr, nullptr, 0, 9, 4}, tables);
  EXPECT_EQ(result.count, 0u);
  for (size_t i = 0; i < result.accumulators.size; ++i) EXPECT_EQ(result.accumulators[i], 0);
}

TEST(AccumulateLanes, ByHand) {
  // History 0 1 2, from the middle event. Forward to 2: gap weight .5, user weight 3, 1.5.
  // Backward to 0: 1.5 times the reverse share .25 = .375.
  Tables tables(1, 1, true, false);
  std::fill_n(tables.gap.data() + kLanes, kLanes, 0.5f);
  std::fill_n(tables.user.data(), kLanes, 3.0f);
  std::fill_n(tables.reverse.data(), kLanes, 0.25f);
  const std::vector<uint32_t> item = {0, 1, 2};
  for_each_target([&] {
    Result result(3);
    result.add(accumulate_lanes, {item.data(), nullptr, nullptr, 0, 3, 1}, tables);
    for (size_t l = 0; l < kLanes; ++l) {
      EXPECT_EQ(result.accumulators[0 * kLanes + l], 0.375f);
      EXPECT_EQ(result.accumulators[1 * kLanes + l], 0);
      EXPECT_EQ(result.accumulators[2 * kLanes + l], 1.5f);
    }
    EXPECT_EQ(result.touched_items(), (std::set<uint32_t>{0, 2}));
  });
}

TEST(AccumulateLanes, DecayByTimeByHand) {
  // Days -4 and -1: 3 apart, and the pair is as old as its younger event, 1 day.
  // exp(-3 * .5 - 1 * .25) = exp(-1.75); lane 1 has a limit of 2 days and gets nothing.
  Tables tables(1, 1, false, true);
  std::fill_n(tables.gap.data() + kLanes, kLanes, 1.0f);
  std::fill_n(tables.user.data(), kLanes, 1.0f);
  std::fill_n(tables.gap_rate.data(), kLanes, 0.5f);
  std::fill_n(tables.age_rate.data(), kLanes, 0.25f);
  std::fill_n(tables.limit.data(), kLanes, 3.0f);
  tables.limit[1] = 2;
  const std::vector<uint32_t> item = {0, 1};
  const std::vector<double> day = {-4, -1};
  for_each_target([&] {
    Result result(2);
    result.add(accumulate_lanes, {item.data(), day.data(), nullptr, 0, 2, 0}, tables);
    EXPECT_NEAR(result.accumulators[kLanes + 0], std::exp(-1.75), 1e-6);
    EXPECT_EQ(result.accumulators[kLanes + 1], 0);
    EXPECT_NEAR(result.accumulators[kLanes + 2], std::exp(-1.75), 1e-6);
  });
}

TEST(AccumulateLanes, ProductOfWeightsByHand) {
  // Weights 3 and .5 make a pair of 1.5; lane 1 does not look at them.
  Tables tables(1, 1, false, false, true);
  std::fill_n(tables.gap.data() + kLanes, kLanes, 1.0f);
  std::fill_n(tables.user.data(), kLanes, 1.0f);
  std::fill_n(tables.weighs.data(), kLanes, 1.0f);
  tables.weighs[1] = 0;
  const std::vector<uint32_t> item = {0, 1};
  const std::vector<float> weight = {3, 0.5f};
  for_each_target([&] {
    Result result(2);
    result.add(accumulate_lanes, {item.data(), nullptr, weight.data(), 0, 2, 0}, tables);
    EXPECT_EQ(result.accumulators[kLanes + 0], 1.5f);
    EXPECT_EQ(result.accumulators[kLanes + 1], 1.0f);
  });
}

TEST(SimdTarget, IsTheOneThatTheTestsAskFor) {
  std::set<std::string> names;
  for_each_target([&] { names.insert(simd_target()); });
  const auto targets = static_cast<uint64_t>(hwy::SupportedTargets() & HWY_TARGETS);
  EXPECT_EQ(names.size(), static_cast<size_t>(std::popcount(targets)));
}

}  // namespace
}  // namespace kaskad
