#include "kaskad/model/bundle.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/dataset/make_dataset.h"
#include "tests/model/battery_log.h"
#include "tests/model/counting_retriever.h"

namespace kaskad {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

class BundleTest : public testing::Test {
 protected:
  void SetUp() override {
    register_retriever("counting", [](const std::string& directory, const std::string&) {
      return CountingRetriever::load(directory);
    });
    directory_ = battery_directory("bundles") + "/" +
                 testing::UnitTest::GetInstance()->current_test_info()->name();
    model_ = CountingRetriever::fit(battery_dataset());
    write(contents());
  }

  static BundleContents contents() {
    BundleContents contents;
    contents.dataset = &battery_dataset();
    contents.history_end.assign(kBatteryUsers, 5);
    contents.split_hash = "split";
    contents.now = 130 * kDayMs;
    contents.config_json = R"({"window": 3})";
    contents.metrics_json = R"({"ndcg@10": 0.5})";
    return contents;
  }

  void write(const BundleContents& contents) {
    write_bundle(directory_, contents, *model_, [&](const std::string& to) { model_->save(to); });
  }

  std::string error_of_loading() const {
    try {
      load_bundle(directory_);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }

  void edit_manifest(const std::function<void(json&)>& edit) const {
    const std::string path = directory_ + "/manifest.json";
    json manifest = json::parse(read_file(path));
    edit(manifest);
    write_file(path, manifest.dump());
  }

  std::string directory_;
  std::unique_ptr<CountingRetriever> model_;
};

#define EXPECT_ERROR_HAS(part) \
  EXPECT_NE(error_of_loading().find(part), std::string::npos) << error_of_loading()

// Two items, the first called by several words, in a column of this name.
std::string title_of_first(const std::string& column, const std::string& wanted = "") {
  DatasetContents contents{.time_kind = TimeKind::kClock};
  contents.item_features.categorical = {{"genre", {"film"}, {0, 1, 2}, {0, 0}},
                                        {column, {"Toy", "Story", "Heat"}, {0, 2, 3}, {0, 1, 2}}};
  const TestDataset log({{"u", "a", 1}, {"u", "b", 2}}, contents);
  const auto model = CountingRetriever::fit(log.data);
  BundleContents bundle;
  bundle.dataset = &log.data;
  bundle.history_end = {2};
  bundle.now = 2;
  bundle.config_json = bundle.metrics_json = "{}";
  bundle.title_feature = wanted;
  write_bundle(log.directory / "bundle", bundle, *model,
               [&](const std::string& to) { model->save(to); });
  return std::string(load_bundle(log.directory / "bundle").title(ItemId{0}));
}

TEST_F(BundleTest, FindsTitlesByTheirUsualNames) {
  for (const char* name :
       {"title", "name", "movie_title", "Product_Name", "item_name", "video_title"}) {
    EXPECT_EQ(title_of_first(name), "Toy Story") << name;
  }
  EXPECT_EQ(title_of_first("plot"), "");
  EXPECT_EQ(title_of_first("plot", "plot"), "Toy Story");
}

TEST_F(BundleTest, CarriesTheModelAndWhereItCameFrom) {
  const Bundle bundle = load_bundle(directory_);
  EXPECT_EQ(bundle.kind, "counting");
  EXPECT_EQ(bundle.dataset_hash, battery_dataset().hash());
  EXPECT_EQ(bundle.split_hash, "split");
  EXPECT_EQ(bundle.now, 130 * kDayMs);
  EXPECT_EQ(bundle.time_kind, TimeKind::kClock);
  EXPECT_EQ(bundle.items.name(3), "item-3");
  const json manifest = json::parse(bundle.manifest_text);
  EXPECT_EQ(manifest["config"]["window"], 3);
  EXPECT_EQ(manifest["metrics"]["ndcg@10"], 0.5);
  EXPECT_TRUE(manifest["libraries"].contains("kaskad"));
  const auto queries = random_queries(20);
  EXPECT_EQ(retrieve_all(*bundle.retriever, queries, 5), retrieve_all(*model_, queries, 5));
}

TEST_F(BundleTest, KeepsTheHistoriesUpToTheirEnds) {
  const Bundle bundle = load_bundle(directory_);
  const UserId user{*bundle.users.find("user-7")};
  const History stored = bundle.history(user);
  const History all = battery_dataset().history(user);
  ASSERT_EQ(stored.size(), 5u);
  EXPECT_TRUE(std::equal(stored.items.begin(), stored.items.end(), all.items.begin()));
  EXPECT_TRUE(std::equal(stored.times.begin(), stored.times.end(), all.times.begin()));
}

TEST_F(BundleTest, CarriesTitles) {
  EXPECT_EQ(load_bundle(directory_).title(ItemId{3}), "Title of 3");
  BundleContents wrong = contents();
  wrong.title_feature = "colour";
  EXPECT_THROW(write(wrong), Error);
}

TEST_F(BundleTest, MayCarryNoUsers) {
  BundleContents without = contents();
  without.history_end.clear();
  write(without);
  EXPECT_EQ(load_bundle(directory_).users.size(), 0u);
  EXPECT_FALSE(fs::exists(directory_ + "/users.bytes"));
}

TEST_F(BundleTest, HashTellsBundlesApart) {
  const std::string first = load_bundle(directory_).hash;
  write(contents());
  EXPECT_EQ(load_bundle(directory_).hash, first);
  BundleContents other = contents();
  other.config_json = R"({"window": 4})";
  write(other);
  EXPECT_NE(load_bundle(directory_).hash, first);
}

TEST_F(BundleTest, GoldenHistoriesHaveManyLengths) {
  const json manifest = json::parse(load_bundle(directory_).manifest_text);
  std::set<size_t> lengths;
  for (const json& request : manifest["golden"]) lengths.insert(request["history"].size());
  EXPECT_EQ(manifest["golden"].size(), 16u);
  EXPECT_EQ(lengths, (std::set<size_t>{0, 1, 2, 3, 4, 5}));  // 5 events are stored of each user
}

TEST_F(BundleTest, FailedSavingLeavesNothing) {
  const std::string other = directory_ + "-failed";
  EXPECT_THROW(write_bundle(other, contents(), *model_,
                            [](const std::string&) { throw Error("disk full"); }),
               Error);
  EXPECT_FALSE(fs::exists(other));
}

TEST_F(BundleTest, NamesAMissingManifest) {
  fs::remove(directory_ + "/manifest.json");
  EXPECT_ERROR_HAS("no bundle: it has no manifest.json");
}

TEST_F(BundleTest, NamesADamagedManifest) {
  const std::string text = read_file(directory_ + "/manifest.json");
  for (const size_t size : {size_t{0}, size_t{1}, text.size() / 2, text.size() - 3}) {
    write_file(directory_ + "/manifest.json", text.substr(0, size));
    EXPECT_ERROR_HAS("manifest.json' is damaged");
  }
  write_file(directory_ + "/manifest.json", R"({"format": "kaskad bundle", "version": 1})");
  EXPECT_ERROR_HAS("manifest.json' is damaged");
  write_file(directory_ + "/manifest.json", "[]");
  EXPECT_ERROR_HAS("not the manifest of a bundle");
}

TEST_F(BundleTest, NamesAnOlderOrNewerVersion) {
  edit_manifest([](json& manifest) { manifest["version"] = 0; });
  EXPECT_ERROR_HAS("bundle version 0, this build reads 1: run 'kaskad grid' again");
  edit_manifest([](json& manifest) { manifest["version"] = 2; });
  EXPECT_ERROR_HAS("bundle version 2, this build reads 1: it was written by a newer kaskad");
}

TEST_F(BundleTest, NamesTheDamagedFile) {
  for (const auto& entry : fs::directory_iterator(directory_)) {
    const std::string path = entry.path().string();
    if (path.ends_with("manifest.json")) continue;
    const std::string whole = read_file(path);
    std::string flipped = whole;
    flipped[flipped.size() / 2] = static_cast<char>(flipped[flipped.size() / 2] ^ 1);
    write_file(path, flipped);
    EXPECT_ERROR_HAS("'" + path + "' is damaged: its checksum");
    write_file(path, whole.substr(0, whole.size() - 1));
    EXPECT_ERROR_HAS("'" + path + "' is truncated");
    fs::remove(path);
    EXPECT_ERROR_HAS("lacks its file '" + entry.path().filename().string() + "'");
    write_file(path, whole);
  }
  EXPECT_EQ(error_of_loading(), "");
}

TEST_F(BundleTest, ListsTheKnownKinds) {
  edit_manifest([](json& manifest) { manifest["kind"] = "telepathy"; });
  EXPECT_ERROR_HAS("unknown kind 'telepathy', expected one of: counting");
}

TEST_F(BundleTest, RefusesAModelThatAnswersOtherwise) {
  edit_manifest([](json& manifest) {
    json& score = manifest["golden"][2]["expected"][0][1];
    score = score.get<double>() * 1.001;
  });
  EXPECT_ERROR_HAS("rank 1 of golden request 2");
  EXPECT_ERROR_HAS("does not reproduce");
}

TEST_F(BundleTest, TakesScoresWithinTheTolerance) {
  edit_manifest([](json& manifest) {
    for (json& request : manifest["golden"]) {
      for (json& pair : request["expected"]) pair[1] = pair[1].get<double>() * 1.00005;
    }
  });
  EXPECT_EQ(error_of_loading(), "");
}

TEST_F(BundleTest, RefusesGoldenItemsOutOfRange) {
  edit_manifest([](json& manifest) { manifest["golden"][1]["history"][0] = 1000; });
  EXPECT_ERROR_HAS("names item 1000 of 21");
}

}  // namespace
}  // namespace kaskad
