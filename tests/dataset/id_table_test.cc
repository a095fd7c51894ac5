#include "kaskad/dataset/id_table.h"

#include <gtest/gtest.h>

#include <string>

namespace kaskad {
namespace {

std::vector<uint32_t> map_all(IdTable& table, const std::vector<std::string_view>& names) {
  std::vector<uint32_t> ids(names.size());
  table.map(names, ids);
  return ids;
}

TEST(IdTable, NumbersInOrderOfFirstAppearance) {
  IdTable table;
  EXPECT_EQ(map_all(table, {"b", "a", "b", "", "a"}), (std::vector<uint32_t>{0, 1, 0, 2, 1}));
  EXPECT_EQ(map_all(table, {"a", "c"}), (std::vector<uint32_t>{1, 3}));
  EXPECT_EQ(table.names(), (std::vector<std::string_view>{"b", "a", "", "c"}));
  EXPECT_EQ(table.find("c"), 3u);
  EXPECT_EQ(table.find("d"), std::nullopt);
}

TEST(IdTable, KeepsItsIdsWhileItGrows) {
  IdTable table;
  std::vector<std::string> texts;
  for (int i = 0; i < 100000; ++i) texts.push_back("user-" + std::to_string(i % 50000));
  const std::vector<std::string_view> views(texts.begin(), texts.end());
  const std::vector<uint32_t> ids = map_all(table, views);
  for (size_t i = 0; i < ids.size(); ++i) ASSERT_EQ(ids[i], i % 50000);
  EXPECT_EQ(table.size(), 50000u);
  EXPECT_EQ(table.names()[49999], "user-49999");
  EXPECT_GT(table.memory(), 50000u * 16);
}

TEST(IdTable, TakesNamesOfAnyLength) {
  IdTable table;
  const std::string huge(3 << 20, 'x');
  EXPECT_EQ(map_all(table, {"a", huge, "b", huge}), (std::vector<uint32_t>{0, 1, 2, 1}));
  EXPECT_EQ(table.names()[1], huge);
}

}  // namespace
}  // namespace kaskad
