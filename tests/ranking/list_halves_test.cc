#include "kaskad/ranking/list_halves.h"

#include <gtest/gtest.h>

#include "kaskad/core/error.h"
#include "tests/model/colour_log.h"

namespace kaskad {
namespace {

TEST(ListHalves, HoldEveryListOnceAndAUserInOneOfThem) {
  const TempDir directory;
  const Impressions& whole = colour_log().validation;
  const auto [even, odd] = halve_lists(whole, directory.path());
  EXPECT_EQ(even.size() + odd.size(), whole.size());
  for (size_t l = 0; l < even.size(); ++l) EXPECT_EQ(index(even.list(l).user) % 2, 0U);
  for (size_t l = 0; l < odd.size(); ++l) EXPECT_EQ(index(odd.list(l).user) % 2, 1U);
  EXPECT_EQ(even.facts().heads, whole.facts().heads);
  EXPECT_EQ(even.facts().split_hash, whole.facts().split_hash);
  EXPECT_NE(even.hash(), whole.hash());
  const ImpressionList first = even.list(0), same = whole.list(0);  // of user 0
  EXPECT_EQ(first.time, same.time);
  EXPECT_TRUE(std::equal(first.items.begin(), first.items.end(), same.items.begin()));
  EXPECT_TRUE(std::equal(first.labels.begin(), first.labels.end(), same.labels.begin()));
  EXPECT_TRUE(
      std::equal(whole.known_end().begin(), whole.known_end().end(), even.known_end().begin()));
}

TEST(ListHalves, OneUserMakesNoHalves) {
  const TempDir directory;
  ImpressionWriter writer(1, 0);
  const std::vector<ItemId> items = {ItemId{0}};
  const std::vector<float> values = {1};
  const std::vector<uint32_t> ranks = {1}, missed = {0};
  writer.append({UserId{0}, 1, 0, missed, items, values, ranks, {}, values, {}});
  ImpressionFacts facts;
  facts.heads = {"next"};
  std::filesystem::create_directories(directory / "lists");
  writer.finish(directory / "lists", std::vector<uint32_t>{0}, facts);
  EXPECT_THROW(halve_lists(Impressions::open(directory / "lists"), directory.path()), Error);
}

}  // namespace
}  // namespace kaskad
