#include "kaskad/ranking/corpus_recall.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "kaskad/ranking/simple_rankers.h"
#include "tests/dataset/make_dataset.h"
#include "tests/dataset/messages.h"

namespace kaskad {
namespace {

constexpr size_t kItems = 300;

// Scores fall with the item's number, in steps of `step` equal ones.
class Falling : public Ranker {
 public:
  explicit Falling(size_t step = 1) : step_(step) {}
  std::string kind() const override { return "falling"; }
  size_t num_items() const override { return kItems; }
  const std::vector<Head>& heads() const override { return heads_; }
  void score_heads(std::span<const RankRequest> requests, std::span<float> out) const override {
    size_t at = 0;
    for (const RankRequest& request : requests) {
      EXPECT_TRUE(request.scores.empty() && request.ranks.empty() && request.context.empty());
      for (const ItemId item : request.candidates) {
        out[at++] = -static_cast<float>(index(item) / step_);
      }
    }
  }

 private:
  size_t step_;
  std::vector<Head> heads_ = {{"next", 1}};
};

class CorpusRecallTest : public testing::Test {
 protected:
  CorpusRecallTest() : log_(rows()) {}

  static std::vector<TestRow> rows() {
    std::vector<TestRow> rows;
    for (size_t i = 0; i < kItems; ++i) {
      rows.push_back({"ann", "item" + std::to_string(i), static_cast<int64_t>(i)});
    }
    return rows;
  }

  // A list each of two candidates, the first of which is not relevant.
  Impressions write(const std::vector<uint32_t>& relevant, const std::vector<uint32_t>& missed) {
    ImpressionWriter writer(1, 0);
    const std::vector<float> scores = {2, 1}, labels = {0, 1};
    const std::vector<uint32_t> ranks = {1, 2};
    for (size_t l = 0; l < relevant.size(); ++l) {
      const std::vector<ItemId> items = {ItemId{299}, ItemId{relevant[l]}};
      const std::span<const uint32_t> lost = std::span(missed).subspan(l, 1);
      writer.append({UserId{0}, 999, kItems, lost, items, scores, ranks, {}, labels, {}});
    }
    ImpressionFacts facts;
    facts.heads = {"next"};
    facts.dataset_hash = log_.hash;
    std::filesystem::create_directories(log_.directory / "lists");
    writer.finish(log_.directory / "lists", std::vector<uint32_t>{kItems}, facts);
    return Impressions::open(log_.directory / "lists");
  }

  CorpusRecall measure(const Ranker& ranker, const Impressions& lists, size_t count = 1000) {
    return measure_corpus(ranker, "falling", log_.data, lists, {.lists = count});
  }

  TestDataset log_;
};

TEST_F(CorpusRecallTest, AsksTheWholeCatalogueAndNotTheCandidates) {
  const CorpusRecall found = measure(Falling(), write({9, 10, 99, 299}, {0, 0, 0, 0}));
  EXPECT_EQ(found.asked, 4u);
  EXPECT_DOUBLE_EQ(found.recalls[0].value, 1 / 4.0);  // ranks are numbers + 1
  EXPECT_DOUBLE_EQ(found.recalls[1].value, 3 / 4.0);
  EXPECT_DOUBLE_EQ(found.recalls[2].value, 1);
}

TEST_F(CorpusRecallTest, TiesCountAgainstTheRanker) {
  // Item 4 is one of 10 equals that stand first: its rank is 10. Of 11 equals it is 11.
  const Impressions lists = write({4}, {0});
  EXPECT_DOUBLE_EQ(measure(Falling(10), lists).recalls[0].value, 1);
  EXPECT_DOUBLE_EQ(measure(Falling(11), lists).recalls[0].value, 0);
  // A ranker that knows nothing finds nothing.
  EXPECT_DOUBLE_EQ(measure(Falling(kItems), lists).recalls[1].value, 0);
}

TEST_F(CorpusRecallTest, WhatIsNotInTheListIsLost) {
  EXPECT_DOUBLE_EQ(measure(Falling(), write({4}, {3})).recalls[0].value, 1 / 4.0);
}

TEST_F(CorpusRecallTest, AsksASampleSpreadOverAllLists) {
  const Impressions lists = write({1, 200, 2, 200, 3, 200}, {0, 0, 0, 0, 0, 0});
  const CorpusRecall some = measure(Falling(), lists, 3);
  EXPECT_EQ(some.asked, 3u);
  EXPECT_EQ(some.values, (std::vector<double>{1, 1, 1, 1, 1, 1, 1, 1, 1}));
}

TEST_F(CorpusRecallTest, DifferencesArePairedByList) {
  const Impressions lists = write({4, 4}, {0, 0});
  const CorpusRecall sure = measure(Falling(), lists), blind = measure(Falling(kItems), lists);
  EXPECT_DOUBLE_EQ(paired(sure, blind, 0, {}).difference.value, 1);
  EXPECT_EQ(to_json(sure)["recall@100"]["value"], 1.0);
}

TEST_F(CorpusRecallTest, ListsThatAskNothingAreAnError) {
  ImpressionWriter writer(1, 0);
  const std::vector<uint32_t> none = {0}, ranks = {1};
  const std::vector<ItemId> items = {ItemId{1}};
  const std::vector<float> scores = {1}, labels = {0};
  writer.append({UserId{0}, 999, kItems, none, items, scores, ranks, {}, labels, {}});
  ImpressionFacts facts;
  facts.heads = {"next"};
  facts.dataset_hash = log_.hash;
  std::filesystem::create_directories(log_.directory / "lists");
  writer.finish(log_.directory / "lists", std::vector<uint32_t>{kItems}, facts);
  const Impressions lists = Impressions::open(log_.directory / "lists");
  EXPECT_TRUE(contains(message_of([&] { measure(Falling(), lists); }),
                       "found no list with a relevant item, expected some to rank"));
}

}  // namespace
}  // namespace kaskad
