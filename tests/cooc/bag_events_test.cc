#include "kaskad/cooc/bag_events.h"

#include <gtest/gtest.h>

#include "tests/cooc/cooc_log.h"

namespace kaskad {
namespace {

using Numbers = std::vector<uint32_t>;

Numbers list(std::span<const uint32_t> span) { return {span.begin(), span.end()}; }

// Histories of users 0 to 3: items 1 | 0 1 2 | none | 1 0.
Sequences four_users() {
  Sequences s;
  s.num_items = 3;
  s.user_begin = {0, 1, 4, 4, 6};
  s.item = {1, 0, 1, 2, 1, 0};
  return s;
}

PopularityOrder order_of(const Sequences& s) {
  return PopularityOrder::of(count_occurrences(s.item, s.num_items, 1));
}

TEST(BagEvents, ByHand) {
  // Item 1 occurs 3 times, 0 twice, 2 once: places 1 0 2. Users by length: 1 (3), 3 (2), 0, 2.
  const Sequences s = four_users();
  for (const int threads : {1, 2, 5}) {
    SCOPED_TRACE(threads);
    const BagEvents bags = BagEvents::build(s, order_of(s), threads);
    EXPECT_EQ(bags.num_users(), 4u);
    EXPECT_EQ(bags.begin, (Numbers{0, 3, 5, 6, 6}));
    EXPECT_EQ(list(std::span(bags.place).first(6)), (Numbers{1, 0, 2, 0, 1, 0}));
    EXPECT_EQ(list(bags.holders(0)), (Numbers{0, 1, 2}));
    EXPECT_EQ(list(bags.holders(1)), (Numbers{0, 1}));
    EXPECT_EQ(list(bags.holders(2)), (Numbers{0}));
    EXPECT_FALSE(bags.has_repeats);
  }
}

TEST(BagEvents, NoticeAnItemThatAUserHasTwice) {
  Sequences s = four_users();
  s.item = {1, 0, 1, 0, 1, 0};  // user 1: 0 1 0
  const BagEvents bags = BagEvents::build(s, order_of(s), 2);
  EXPECT_TRUE(bags.has_repeats);
  EXPECT_EQ(list(bags.holders(0)), (Numbers{0, 0, 1}));  // item 0: 3 times, before item 1
}

TEST(BagEvents, DoNotDependOnThreads) {
  const TestDataset log(random_rows(300, 20, 70, 1));
  const Sequences s = all_sequences(log.data);
  const PopularityOrder order = order_of(s);
  const BagEvents one = BagEvents::build(s, order, 1);
  for (const int threads : {2, 3, 16}) {
    const BagEvents more = BagEvents::build(s, order, threads);
    EXPECT_EQ(more.begin, one.begin);
    EXPECT_EQ(more.place, one.place);
    EXPECT_EQ(more.holder, one.holder);
  }
}

TEST(BagEvents, OfNoEventsAreEmpty) {
  Sequences s;
  s.num_items = 2;
  s.user_begin = {0, 0};
  const BagEvents bags = BagEvents::build(s, order_of(s), 2);
  EXPECT_TRUE(bags.holders(1).empty());
}

}  // namespace
}  // namespace kaskad
