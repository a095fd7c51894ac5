#include "kaskad/train/rank/rank_batcher.h"

#include <gtest/gtest.h>

#include <set>

#include "kaskad/train/batch.h"
#include "tests/dataset/make_dataset.h"

namespace kaskad::train {
namespace {

constexpr int64_t kMinute = 60'000;

// One user, an item every ten minutes; a list at the time of the thirteenth.
struct TenMinutes {
  explicit TenMinutes(TimeKind kind, const std::vector<TestRow>& events = rows())
      : log(events, {.time_kind = kind}) {
    const std::string directory = log.directory / "train";
    std::filesystem::create_directories(directory);
    ImpressionWriter writer(1, 0);
    const std::vector<ItemId> items = {ItemId{0}, ItemId{1}};
    const std::vector<float> numbers = {1, 0};
    const std::vector<uint32_t> ranks = {1, 2};
    const uint32_t missed = 0, known = 12;
    writer.append(
        {UserId{0}, 12 * 10 * kMinute, 12, {&missed, 1}, items, numbers, ranks, {}, numbers, {}});
    ImpressionFacts facts;
    facts.part = "train";
    facts.heads = {"next"};
    facts.dataset_hash = log.data.hash();
    writer.finish(directory, {&known, 1}, facts);
    lists = Impressions::open(directory);
  }
  static std::vector<TestRow> rows() {
    std::vector<TestRow> rows;
    for (int64_t e = 0; e < 12; ++e) rows.push_back({"u", std::to_string(e), e * 10 * kMinute});
    return rows;
  }

  // Events that a batch of each epoch has left of the twelve.
  std::vector<int64_t> events(double window_mask) const {
    Recipe recipe = Recipe::defaults(ModelKind::kTransact);
    recipe.window_mask = window_mask;
    const std::vector<uint8_t> learned(12, 1);
    const RequestWriter writer({.max_history = 100, .gaps = true}, learned);
    const RankBatcher batcher(log.data, lists, writer, recipe);
    std::vector<int64_t> counts;
    const uint32_t list = 0;
    for (int64_t epoch = 0; epoch < 40; ++epoch) {
      const RankBatch batch = batcher.make({&list, 1}, epoch);
      counts.push_back(batch.tokens.ne(kPadding).sum().item<int64_t>() - 1);  // begin token
    }
    return counts;
  }

  TestDataset log;
  Impressions lists = {};
};

TEST(WindowMask, LeavesOutTheEventsOfADrawnTimeBeforeTheRequest) {
  const TenMinutes log(TimeKind::kClock);
  const std::vector<int64_t> counts = log.events(1);
  // The newest event is ten minutes old. Less than an hour is hidden: at most the newest five.
  EXPECT_EQ(std::set<int64_t>(counts.begin(), counts.end()),
            (std::set<int64_t>{7, 8, 9, 10, 11, 12}));
  EXPECT_EQ(log.events(1), counts);  // a function of seed, epoch and list
}

TEST(WindowMask, IsOffWithoutHoursOrWithoutAClock) {
  const std::vector<int64_t> all(40, 12);
  EXPECT_EQ(TenMinutes(TimeKind::kClock).events(0), all);
  EXPECT_EQ(TenMinutes(TimeKind::kOrder).events(1), all);
}

// Twelve events of one type, in a thousand epochs.
TEST(HiddenActions, AreOneInFifty) {
  std::vector<TestRow> rows = TenMinutes::rows();
  for (TestRow& row : rows) row.action = "look";
  const TenMinutes log(TimeKind::kClock, rows);
  const std::vector<uint8_t> learned(12, 1);
  const RequestWriter writer({.max_history = 100, .actions = {"look"}}, learned);
  Recipe recipe = Recipe::defaults(ModelKind::kTransact);
  recipe.window_mask = 0;
  const RankBatcher batcher(log.log.data, log.lists, writer, recipe);
  const uint32_t list = 0;
  int64_t hidden = 0;
  for (int64_t epoch = 0; epoch < 1000; ++epoch) {
    const torch::Tensor actions = batcher.make({&list, 1}, epoch).actions;
    EXPECT_EQ(actions[0][0].item<int64_t>(), kNoActionToken);
    hidden += actions.eq(kUnknownActionToken).sum().item<int64_t>();
  }
  EXPECT_NEAR(static_cast<double>(hidden), 12'000 / 50.0, 60);  // 4 standard deviations
}

}  // namespace
}  // namespace kaskad::train
