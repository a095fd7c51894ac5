#include "kaskad/monitor/shown_items.h"

#include <gtest/gtest.h>

namespace kaskad {
namespace {

using Items = std::vector<std::string_view>;
using Places = std::vector<double>;

TEST(ShownItems, CountsDistinctOnesAndTheirMeanPlace) {
  ShownItems shown(100);
  EXPECT_EQ(shown.reading().shown, 0U);
  shown.add(Items{"a", "b"}, Places{0, 1});
  shown.add(Items{"a", "c"}, Places{0, 0.2});
  EXPECT_EQ(shown.reading().shown, 4U);
  EXPECT_EQ(shown.reading().distinct, 3U);
  EXPECT_NEAR(shown.reading().popularity, 0.3, 1e-9);
}

TEST(ShownItems, OnlyTheLastOnesCount) {
  ShownItems shown(4);
  shown.add(Items{"a", "b", "c", "d", "e"}, Places{1, 1, 1, 1, 1});
  EXPECT_EQ(shown.reading().distinct, 4U);
  for (int i = 0; i < 4; ++i) shown.add(Items{"top"}, Places{0});
  EXPECT_EQ(shown.reading().shown, 4U);
  EXPECT_EQ(shown.reading().distinct, 1U) << "everybody gets the same";
  EXPECT_EQ(shown.reading().popularity, 0);
}

}  // namespace
}  // namespace kaskad
