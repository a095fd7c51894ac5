#include "kaskad/cooc/popularity_order.h"

#include <gtest/gtest.h>

#include <random>

namespace kaskad {
namespace {

using Numbers = std::vector<uint32_t>;

TEST(PopularityOrder, PutsFrequentItemsFirstAndTheLowerAmongEquals) {
  const PopularityOrder order = PopularityOrder::of(Numbers{2, 0, 5, 2});
  EXPECT_EQ(order.item, (Numbers{2, 0, 3, 1}));
  EXPECT_EQ(order.place, (Numbers{1, 3, 0, 2}));
  EXPECT_EQ(order.events, (Numbers{5, 2, 2, 0}));
}

TEST(PopularityOrder, OfNothingIsEmpty) { EXPECT_TRUE(PopularityOrder::of({}).item.empty()); }

TEST(CountOccurrences, AreTheSameForAnyThreads) {
  std::mt19937 random(1);
  Numbers items(1003), expected(40, 0);
  for (uint32_t& item : items) ++expected[item = static_cast<uint32_t>(random() % 40)];
  for (const int threads : {1, 2, 7}) EXPECT_EQ(count_occurrences(items, 40, threads), expected);
  EXPECT_EQ(count_occurrences({}, 2, 3), (Numbers{0, 0}));
}

}  // namespace
}  // namespace kaskad
