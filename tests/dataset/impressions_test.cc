#include "kaskad/dataset/impressions.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/dataset/make_dataset.h"

namespace kaskad {
namespace {

class ImpressionsTest : public testing::Test {
 protected:
  ImpressionsTest() : log_({{"ann", "milk", 1}, {"ann", "beer", 2}, {"bob", "milk", 3}}) {}

  // Two lists: three candidates for ann after one event, one candidate for nobody.
  std::string write(bool positions = true, std::vector<std::string_view> queries = {}) {
    const std::string directory = directory_ / "lists";
    std::filesystem::remove_all(directory);
    std::filesystem::create_directories(directory);
    ImpressionWriter writer(2, 1);
    const std::vector<uint32_t> missed = {1, 0}, ranks = {1, 2, 0}, places = {3, 1, 2};
    const std::vector<ItemId> items = {ItemId{0}, ItemId{1}, kNoItem};
    const std::vector<float> scores = {3, 2, 1}, labels = {0, 0, 1, 1, 0, 0};
    const std::vector<float> prices = {10, 20, 30};
    const auto shown = positions ? std::span<const uint32_t>(places) : std::span<const uint32_t>();
    ImpressionList list{UserId{0}, 2, 1, missed, items, scores, ranks, shown, labels, prices};
    if (!queries.empty()) list.query = QueryId{1};
    writer.append(list);
    writer.append({kNoUser, 5, 0, std::span(missed).first(2), std::span(items).first(1),
                   std::span(scores).first(1), std::span(ranks).first(1),
                   positions ? shown.first(1) : shown, std::span(labels).first(2),
                   std::span(prices).first(1)});
    EXPECT_EQ(writer.size(), 2u);
    EXPECT_EQ(writer.num_candidates(), 4u);
    ImpressionFacts facts;
    facts.part = "train";
    facts.heads = {"click", "buy"};
    facts.contexts = {"price"};
    facts.time_kind = TimeKind::kOrder;
    facts.dataset_hash = log_.hash;
    facts.source_json = R"({"retriever": "by hand"})";
    hash_ = writer.finish(directory, std::vector<uint32_t>{2, 1}, facts, queries);
    return directory;
  }

  std::string error_of_opening(const std::string& directory) const {
    try {
      check_dataset(Impressions::open(directory), log_.data);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }

  TempDir directory_;
  TestDataset log_;
  std::string hash_;
};

TEST_F(ImpressionsTest, ReadsWhatWasWritten) {
  const Impressions lists = Impressions::open(write());
  check_dataset(lists, log_.data);
  ASSERT_EQ(lists.size(), 2u);
  EXPECT_EQ(lists.hash(), hash_);
  EXPECT_EQ(lists.facts().heads, (std::vector<std::string>{"click", "buy"}));
  EXPECT_EQ(lists.facts().contexts, std::vector<std::string>{"price"});
  EXPECT_EQ(lists.facts().time_kind, TimeKind::kOrder);
  const ImpressionList first = lists.list(0);
  EXPECT_EQ(first.user, UserId{0});
  EXPECT_EQ(first.time, 2);
  EXPECT_EQ(first.history_end, 1u);
  EXPECT_EQ(first.items[2], kNoItem);
  EXPECT_EQ(first.ranks[1], 2u);
  EXPECT_EQ(first.positions[0], 3u);
  EXPECT_EQ(first.labels[2], 1);  // candidate 1, click
  EXPECT_EQ(first.missed[0], 1u);
  EXPECT_EQ(first.context[2], 30);
  const ImpressionList second = lists.list(1);
  EXPECT_EQ(second.user, kNoUser);
  EXPECT_EQ(second.size(), 1u);
}

TEST_F(ImpressionsTest, PositionsMayBeUnknown) {
  const Impressions lists = Impressions::open(write(false));
  EXPECT_TRUE(lists.list(0).positions.empty());
}

TEST_F(ImpressionsTest, ListsMayHaveQueries) {
  EXPECT_FALSE(Impressions::open(write()).has_queries());
  EXPECT_EQ(Impressions::open(write()).list(0).query, kNoQuery);
  const Impressions lists = Impressions::open(write(true, {"milk", "cold beer"}));
  ASSERT_TRUE(lists.has_queries());
  EXPECT_EQ(lists.queries().size(), 2u);
  EXPECT_EQ(lists.list(0).query, QueryId{1});
  EXPECT_EQ(lists.list(0).query_text, "cold beer");
  EXPECT_EQ(lists.list(1).query, kNoQuery);
  EXPECT_EQ(lists.list(1).query_text, "");
  check_same_queries(lists, lists);
}

TEST_F(ImpressionsTest, QueriesAreOfTheContent) {
  write(true, {"milk", "cold beer"});
  const std::string first = hash_;
  write(true, {"milk", "warm beer"});
  EXPECT_NE(hash_, first);
  const std::string directory = write(true, {"milk", "cold beer"});
  write_npy(directory + "/query.npy", std::vector<uint32_t>{7, 0});
  EXPECT_NE(error_of_opening(directory).find("query.npy' is damaged"), std::string::npos);
}

// Directories from before there were queries.
TEST_F(ImpressionsTest, VersionOneIsRead) {
  const std::string directory = write();
  const std::string path = directory + "/manifest.json";
  auto manifest = nlohmann::json::parse(read_file(path));
  manifest["version"] = 1;
  manifest.erase("queries");
  write_file(path, manifest.dump());
  EXPECT_EQ(error_of_opening(directory), "");
  manifest["version"] = 9;
  write_file(path, manifest.dump());
  EXPECT_NE(error_of_opening(directory).find("found 9, expected 1 to 2"), std::string::npos);
}

TEST_F(ImpressionsTest, HashDependsOnTheContentAlone) {
  write();
  const std::string first = hash_;
  write();
  EXPECT_EQ(hash_, first);
  write(false);
  EXPECT_NE(hash_, first);
}

TEST_F(ImpressionsTest, DamageIsNamed) {
  EXPECT_NE(error_of_opening(directory_ / "nowhere").find("make-impressions"), std::string::npos);
  const std::string directory = write();
  write_npy(directory + "/score.npy", std::vector<float>{1, 2, 3, 5});
  EXPECT_NE(error_of_opening(directory).find("score.npy' is damaged"), std::string::npos);
}

TEST_F(ImpressionsTest, AnotherDatasetIsRefused) {
  const TestDataset other({{"ann", "milk", 1}, {"ann", "milk", 2}, {"bob", "beer", 3}});
  const Impressions lists = Impressions::open(write());
  EXPECT_THROW(check_dataset(lists, other.data), Error);
}

TEST_F(ImpressionsTest, ColumnsThatDoNotFitAreRefused) {
  const std::string directory = write();
  const std::string path = directory + "/manifest.json";
  auto manifest = nlohmann::json::parse(read_file(path));
  manifest["heads"] = {"click"};
  write_file(path, manifest.dump());
  EXPECT_NE(error_of_opening(directory).find("do not fit together"), std::string::npos);
}

}  // namespace
}  // namespace kaskad
