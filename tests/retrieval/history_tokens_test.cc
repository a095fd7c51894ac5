#include "kaskad/retrieval/history_tokens.h"

#include <gtest/gtest.h>

#include "tests/model/battery_log.h"

namespace kaskad {
namespace {

using Row = std::vector<int64_t>;

HistoryTokens::Batch pad(const HistoryTokens& tokens, std::vector<uint32_t> rows) {
  HistoryTokens::Batch batch;
  tokens.pad(rows, batch);
  return batch;
}

TEST(HistoryTokens, PadsOnTheLeftToTheLongest) {
  const HistoryInputs inputs;
  const std::vector<uint8_t> all(10, 1);
  HistoryTokens tokens(inputs, all);
  tokens.add(OwnedQuery().take({3}).view().history);
  tokens.add(OwnedQuery().take({0, 9, 4}).view().history);
  const auto batch = pad(tokens, {0, 1});
  EXPECT_EQ(batch.length, 3U);
  EXPECT_EQ(batch.tokens, (Row{0, 0, 4, 1, 10, 5}));  // item + 1
  EXPECT_TRUE(batch.gaps.empty());
  EXPECT_EQ(pad(tokens, {0}).tokens, Row{4});
}

TEST(HistoryTokens, KeepsTheNewestThatTheModelMaySee) {
  HistoryInputs inputs;
  inputs.max_history = 2;
  std::vector<uint8_t> seen(10, 1);
  seen[5] = 0;
  HistoryTokens tokens(inputs, seen);
  tokens.add(OwnedQuery().take({1, 2, 3, 5, 77}).view().history);
  EXPECT_EQ(pad(tokens, {0}).tokens, (Row{3, 4}));  // items 2 and 3
}

TEST(HistoryTokens, FixedLengthIsThatOfTheModel) {
  HistoryInputs inputs;
  inputs.max_history = 4;
  inputs.fixed_length = true;
  inputs.begin_token = true;
  const std::vector<uint8_t> all(10, 1);
  HistoryTokens tokens(inputs, all);
  tokens.add(OwnedQuery().take({1}).view().history);
  tokens.add(OwnedQuery().take({1, 2, 3, 4}).view().history);
  tokens.add({});
  EXPECT_EQ(pad(tokens, {0}).tokens, (Row{0, 0, 11, 2}));  // 11: where it begins
  EXPECT_EQ(pad(tokens, {1}).tokens, (Row{2, 3, 4, 5}));
  EXPECT_EQ(pad(tokens, {2}).tokens, (Row{0, 0, 0, 11}));
}

TEST(HistoryTokens, GapsCountFromTheEventThatTheModelSeesBefore) {
  HistoryInputs inputs;
  inputs.gaps = "gaps";
  inputs.begin_token = true;
  const std::vector<uint8_t> all(10, 1);
  HistoryTokens tokens(inputs, all);
  const std::vector<ItemId> items = {ItemId{1}, ItemId{99}, ItemId{2}, ItemId{3}};
  const std::vector<int64_t> times = {0, 500, 1500, 5000};
  tokens.add({items, times, {}, {}});
  tokens.add(OwnedQuery().take({7}).view().history);
  const auto batch = pad(tokens, {0, 1});
  EXPECT_EQ(batch.tokens, (Row{11, 2, 3, 4, 0, 0, 11, 8}));
  // 99 is unknown: 2 comes 1.5 s after 1 (bucket 2), 3 comes 3.5 s after 2 (bucket 3).
  EXPECT_EQ(batch.gaps, (Row{0, 0, 2, 3, 0, 0, 0, 0}));
}

TEST(HistoryTokens, BatchesAreOfAboutEqualLength) {
  HistoryInputs inputs;
  const std::vector<uint8_t> all(300, 1);
  HistoryTokens tokens(inputs, all);
  for (const size_t length : {40, 3, 0, 36, 1, 35, 200}) {
    OwnedQuery query;
    for (size_t i = 0; i < length; ++i) query.push(ItemId{static_cast<uint32_t>(i)});
    tokens.add(query.view().history);
  }
  // A row may be shorter than its batch's longest by 4 + longest / 8: 40 takes down to 31.
  const std::vector<std::vector<uint32_t>> expected = {{6}, {0, 3, 5}, {1, 4}};
  EXPECT_EQ(tokens.batches(64), expected);
  const std::vector<std::vector<uint32_t>> pairs = {{6}, {0, 3}, {5}, {1, 4}};
  EXPECT_EQ(tokens.batches(2), pairs);
  inputs.fixed_length = true;
  const std::vector<std::vector<uint32_t>> fixed = {{6, 0, 3}, {5, 1, 4}};
  EXPECT_EQ(tokens.batches(3), fixed);
}

}  // namespace
}  // namespace kaskad
