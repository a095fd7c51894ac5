#include "kaskad/dataset/id_map.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "tests/dataset/make_dataset.h"

namespace kaskad {
namespace {

IdMap make_map(const TempDir& directory, const std::vector<std::string>& ids) {
  const std::vector<std::string_view> views(ids.begin(), ids.end());
  write_id_map(directory.path(), "ids", views);
  return IdMap(directory.path(), "ids");
}

TEST(IdMap, NamesAndIdsAreInverse) {
  const TempDir directory;
  std::vector<std::string> ids;
  for (int i = 0; i < 1000; ++i) ids.push_back("id-" + std::to_string(i * i));
  const IdMap map = make_map(directory, ids);
  ASSERT_EQ(map.size(), 1000u);
  for (size_t id = 0; id < ids.size(); ++id) {
    EXPECT_EQ(map.name(id), ids[id]);
    EXPECT_EQ(map.find(ids[id]), id);
  }
  EXPECT_EQ(map.find("id-2"), std::nullopt);
  EXPECT_EQ(map.find(""), std::nullopt);
}

TEST(IdMap, DefaultConstructedKnowsNothing) {
  const IdMap map;
  EXPECT_EQ(map.size(), 0u);
  EXPECT_EQ(map.find("x"), std::nullopt);
}

TEST(IdMap, CopyHasTheSameHashAndOrderMatters) {
  const TempDir one, two, other;
  const IdMap map = make_map(one, {"a", "bc"});
  write_id_map(two.path(), "ids", map);
  EXPECT_EQ(map.hash(), IdMap(two.path(), "ids").hash());
  EXPECT_NE(map.hash(), make_map(other, {"ab", "c"}).hash());
}

TEST(IdMap, FirstLookupsMayComeFromManyThreads) {
  const TempDir directory;
  const IdMap map = make_map(directory, {"a", "b", "c"});
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) threads.emplace_back([&] { EXPECT_EQ(map.find("c"), 2u); });
  for (std::thread& thread : threads) thread.join();
}

TEST(IdMap, FilesThatDoNotFitAreRefused) {
  const TempDir directory;
  make_map(directory, {"a", "b"});
  std::ofstream(directory / "ids.bytes") << "abc";
  EXPECT_THROW(IdMap(directory.path(), "ids"), Error);
}

}  // namespace
}  // namespace kaskad
