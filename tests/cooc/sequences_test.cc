#include "kaskad/cooc/sequences.h"

#include <gtest/gtest.h>

#include "tests/cooc/cooc_log.h"
#include "tests/dataset/messages.h"

namespace kaskad {
namespace {

// Items a b c are 0 1 2, users u v are 0 1.
const std::vector<TestRow> kRows = {{"u", "a", 1 * kDay}, {"u", "b", 2 * kDay},
                                    {"u", "c", 4 * kDay}, {"v", "b", 3 * kDay},
                                    {"v", "b", 5 * kDay}, {"v", "a", 6 * kDay}};

using Items = std::vector<uint32_t>;

TEST(Sequences, HoldWhatMayBeLearnedFrom) {
  const TestDataset log(kRows);
  const Sequences s = Sequences::build(log.data, std::vector<uint32_t>{2, 3}, 6 * kDay);
  EXPECT_EQ(s.num_items, 3u);
  EXPECT_EQ(s.num_users(), 2u);
  EXPECT_EQ(s.item, (Items{0, 1, 1, 1, 0}));  // u's c is behind fit_end
  EXPECT_EQ(s.user, (Items{0, 0, 1, 1, 1}));
  EXPECT_EQ(s.user_begin, (std::vector<uint64_t>{0, 2, 5}));
  EXPECT_EQ(s.day, (std::vector<double>{-5, -4, -3, -1, 0}));
}

TEST(Sequences, FindTheEventsOfAnItem) {
  const TestDataset log(kRows);
  const Sequences s = Sequences::build(log.data, std::vector<uint32_t>{2, 3}, 6 * kDay);
  EXPECT_EQ(list(s.occurrences(0)), (Items{0, 4}));
  EXPECT_EQ(list(s.occurrences(1)), (Items{1, 2, 3}));
  EXPECT_EQ(list(s.occurrences(2)), (Items{}));
}

TEST(Sequences, HoldTheHistoriesAloneWhenAsked) {
  const TestDataset log(kRows);
  const Sequences s = Sequences::build(log.data, std::vector<uint32_t>{2, 3}, 6 * kDay, 0,
                                       SequenceParts::kHistories);
  EXPECT_EQ(s.item, (Items{0, 1, 1, 1, 0}));
  EXPECT_EQ(s.user_begin, (std::vector<uint64_t>{0, 2, 5}));
  EXPECT_FALSE(s.has_clock);
  EXPECT_TRUE(s.day.empty());
  EXPECT_TRUE(s.occurrence.empty());
}

TEST(Sequences, KeepTheNewestEventsOfLongHistories) {
  const TestDataset log(kRows);
  const Sequences s = Sequences::build(log.data, std::vector<uint32_t>{3, 3}, 6 * kDay, 2);
  EXPECT_EQ(s.item, (Items{1, 2, 1, 0}));
  EXPECT_EQ(s.day, (std::vector<double>{-4, -2, -1, 0}));
}

TEST(Sequences, CountNoDayAfterTheHorizon) {
  const TestDataset log(kRows);
  const Sequences s = Sequences::build(log.data, std::vector<uint32_t>{3, 0}, 3 * kDay);
  EXPECT_EQ(s.day, (std::vector<double>{-2, -1, 0}));  // day 4 lies behind it
}

TEST(Sequences, OfALogWithoutAClockHaveNoDays) {
  const TestDataset log(kRows, {.time_kind = TimeKind::kOrder});
  const Sequences s = all_sequences(log.data);
  EXPECT_FALSE(s.has_clock);
  EXPECT_TRUE(s.day.empty());
  EXPECT_EQ(s.num_events(), 6u);
}

}  // namespace
}  // namespace kaskad
