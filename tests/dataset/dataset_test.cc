#include "kaskad/dataset/dataset.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "kaskad/core/file.h"
#include "kaskad/core/hash.h"
#include "tests/dataset/make_dataset.h"
#include "tests/dataset/messages.h"

namespace kaskad {
namespace {

const std::vector<TestRow> kRows = {
    {"ann", "milk", 20}, {"bob", "beer", 5, 2}, {"ann", "beer", 10}, {"ann", "tea", 20, 3}};

std::string open_error(const TestDataset& log) {
  return message_of([&] { Dataset::open(log.directory / "data"); });
}

TEST(Dataset, HistoriesAreInTimeOrderAndTiesKeepFileOrder) {
  const TestDataset log(kRows);
  EXPECT_EQ(log.data.num_users(), 2u);
  EXPECT_EQ(log.data.num_items(), 3u);
  EXPECT_EQ(log.data.num_events(), 4u);
  const History ann = log.data.history(log.user("ann"));
  EXPECT_EQ(list(ann.items),
            (std::vector<ItemId>{log.item("beer"), log.item("milk"), log.item("tea")}));
  EXPECT_EQ(list(ann.times), (std::vector<int64_t>{10, 20, 20}));
  EXPECT_EQ(list(ann.weights), (std::vector<float>{1, 1, 3}));
  EXPECT_TRUE(ann.actions.empty());
  EXPECT_EQ(list(ann.first(1).items), (std::vector<ItemId>{log.item("beer")}));
}

TEST(Dataset, ActionsAreCodesOfNames) {
  const TestDataset log(
      {{"a", "x", 1, 1, "click"}, {"a", "y", 2, 1, "buy"}, {"a", "x", 3, 1, "click"}});
  EXPECT_EQ(log.data.action_names(), (std::vector<std::string>{"click", "buy"}));
  EXPECT_EQ(list(log.data.history(UserId{0}).actions), (std::vector<uint8_t>{0, 1, 0}));
}

TEST(Dataset, HashIsOfContentNotOfPlaceOrProvenance) {
  const TestDataset one(kRows);
  const TestDataset same(kRows, {.time_kind = TimeKind::kClock, .source_json = R"({"a":1})"});
  EXPECT_EQ(one.data.hash(), same.data.hash());
  std::vector<TestRow> changed = kRows;
  changed[3].weight = 4;
  EXPECT_NE(one.data.hash(), TestDataset(changed).data.hash());
  EXPECT_NE(one.data.hash(), TestDataset(kRows, {.time_kind = TimeKind::kOrder}).data.hash());
}

TEST(Dataset, ItemFeaturesHaveAHashOfTheirOwn) {
  const auto with = [](const std::string& column, std::vector<uint32_t> codes) {
    DatasetContents contents{.time_kind = TimeKind::kClock};
    contents.item_features.categorical = {{column, {"drink", "food"}, {0, 1, 2, 3}, codes}};
    return TestDataset(kRows, contents);
  };
  const TestDataset plain(kRows), genres = with("genre", {0, 1, 1});
  EXPECT_EQ(plain.data.item_features_hash(), "");
  EXPECT_EQ(genres.data.hash(), plain.data.hash());  // the events are the same
  EXPECT_EQ(genres.data.item_features_hash(), with("genre", {0, 1, 1}).data.item_features_hash());
  EXPECT_NE(genres.data.item_features_hash(), with("genre", {0, 1, 0}).data.item_features_hash());
  EXPECT_NE(genres.data.item_features_hash(), with("kind", {0, 1, 1}).data.item_features_hash());
}

TEST(Dataset, WithoutEventsIsEmpty) {
  const TestDataset log({});
  EXPECT_EQ(log.data.num_users(), 0u);
  EXPECT_EQ(log.data.num_events(), 0u);
  EXPECT_FALSE(log.data.users().find("ann"));
}

TEST(Dataset, FeaturesComeBack) {
  DatasetContents contents{.time_kind = TimeKind::kClock};
  contents.item_features.categorical = {{"genre", {"drink", "food"}, {0, 2, 2, 3}, {0, 1, 1}}};
  contents.item_features.dense = {{"price", 1, {1.5f, NAN, 2}}, {"vector", 2, {1, 2, 3, 4, 5, 6}}};
  const TestDataset log(kRows, contents);
  const FeatureTable& features = log.data.item_features();
  EXPECT_EQ(features.rows, 3u);
  ASSERT_EQ(features.categorical.size(), 1u);
  EXPECT_EQ(features.categorical[0].name, "genre");
  EXPECT_EQ(features.categorical[0].names, (std::vector<std::string>{"drink", "food"}));
  EXPECT_EQ(list(features.categorical[0].offsets), (std::vector<uint64_t>{0, 2, 2, 3}));
  EXPECT_EQ(list(features.categorical[0].codes), (std::vector<uint32_t>{0, 1, 1}));
  ASSERT_EQ(features.dense.size(), 2u);
  EXPECT_TRUE(std::isnan(features.dense[0].values[1]));
  EXPECT_EQ(features.dense[1].dimension, 2u);
  EXPECT_EQ(list(features.dense[1].values), (std::vector<float>{1, 2, 3, 4, 5, 6}));
  EXPECT_TRUE(log.data.user_features().empty());
}

TEST(Dataset, MissingDirectoryIsNamed) {
  EXPECT_TRUE(contains(message_of([] { Dataset::open("/nowhere/at/all"); }), "/nowhere/at/all"));
}

TEST(Dataset, EveryDamagedFileIsNamed) {
  for (const char* name : {"offsets.u64", "item.u32", "time.i64", "weight.f32", "users.offsets",
                           "users.bytes", "items.offsets", "items.bytes"}) {
    const TestDataset log(kRows);
    const std::string path = log.directory / "data/" + name;
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.put('\x7f');
    file.close();
    EXPECT_TRUE(contains(open_error(log), std::string(name) + "' is damaged: its checksum"));
    std::filesystem::resize_file(path, 3);
    EXPECT_TRUE(contains(open_error(log), std::string(name) + "' is damaged: found 3 bytes"));
    std::filesystem::remove(path);
    EXPECT_TRUE(contains(open_error(log), name));
  }
}

void replace_manifest(const TestDataset& log, const std::string& text) {
  std::ofstream(log.directory / "data/manifest.json") << text;
}

// Files of 64 MiB and more are not hashed when a dataset is opened; ids beyond the items are found
// all the same. Here the checksum is made to fit.
TEST(Dataset, ItemsBeyondTheCatalogueAreRefused) {
  const TestDataset log(kRows);
  const std::string path = log.directory / "data/item.u32",
                    manifest = log.directory / "data/manifest.json";
  const uint32_t outside = 1'000'000;
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.write(reinterpret_cast<const char*>(&outside), sizeof(outside));
  file.close();
  auto json = nlohmann::json::parse(read_file(manifest));
  json["files"]["item.u32"]["hash"] = hash_file(path);
  replace_manifest(log, json.dump());
  EXPECT_TRUE(contains(open_error(log),
                       "item.u32: found item 1000000 at event 0, expected items "
                       "below " +
                           std::to_string(log.data.num_items())))
      << open_error(log);
}

TEST(Dataset, ManifestMustBeOursAndOfThisVersion) {
  const TestDataset log(kRows);
  replace_manifest(log, "{\"users\": 1");
  EXPECT_TRUE(contains(open_error(log), "manifest.json' is damaged"));
  replace_manifest(log, "{\"users\": 1}");
  EXPECT_TRUE(contains(open_error(log), "not the manifest of a dataset"));
  replace_manifest(log, R"({"format": "kaskad dataset", "version": 99})");
  EXPECT_TRUE(contains(open_error(log), "found 99, expected 1"));
  replace_manifest(log, R"({"format": "kaskad dataset", "version": 1, "users": "x"})");
  EXPECT_TRUE(contains(open_error(log), "manifest.json' is damaged"));
}

}  // namespace
}  // namespace kaskad
