#include "kaskad/ranking/list_evaluation.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "kaskad/core/error.h"
#include "kaskad/ranking/simple_rankers.h"
#include "tests/dataset/make_dataset.h"

namespace kaskad {
namespace {

class ListEvaluationTest : public testing::Test {
 protected:
  ListEvaluationTest() : log_({{"ann", "a", 1}, {"ann", "b", 2}, {"ann", "c", 3}}) {}

  // Lists of the candidates a, b, c in the order of retrieval, one for each set of labels.
  Impressions write(const std::vector<std::vector<float>>& labels,
                    const std::vector<uint32_t>& missed) {
    ImpressionWriter writer(1, 0);
    const std::vector<ItemId> items = {ItemId{0}, ItemId{1}, ItemId{2}};
    const std::vector<float> scores = {3, 2, 1};
    const std::vector<uint32_t> ranks = {1, 2, 3};
    for (size_t l = 0; l < labels.size(); ++l) {
      const size_t size = labels[l].size();
      writer.append({UserId{0},
                     9,
                     3,
                     std::span(missed).subspan(l, 1),
                     std::span(items).first(size),
                     std::span(scores).first(size),
                     std::span(ranks).first(size),
                     {},
                     labels[l],
                     {}});
    }
    ImpressionFacts facts;
    facts.heads = {"next"};
    facts.dataset_hash = log_.hash;
    std::filesystem::create_directories(log_.directory / "lists");
    writer.finish(log_.directory / "lists", std::vector<uint32_t>{3}, facts);
    return Impressions::open(log_.directory / "lists");
  }

  TestDataset log_;
};

TEST_F(ListEvaluationTest, ListsWithoutAnAnswerAreNotAsked) {
  const Impressions lists = write({{0, 1, 0}, {0, 0, 0}, {1, 0, 0}}, {0, 0, 0});
  const ListFacts facts = describe_lists(lists, {});
  EXPECT_EQ(facts.asked, 2u);
  EXPECT_EQ(facts.relevant, 2u);
  const auto found = evaluate_lists(RetrievalOrder(3), "order", log_.data, lists, {});
  EXPECT_DOUBLE_EQ(found.metrics[1].interval.value, (1 / 2.0 + 1) / 2);  // mrr
  EXPECT_DOUBLE_EQ(found.metrics[2].interval.value, (1 / 2.0 + 1) / 2);  // auc
}

TEST_F(ListEvaluationTest, WhatWasMissedCountsAndIsReported) {
  const Impressions lists = write({{1, 0, 0}, {0, 0, 0}}, {0, 1});
  const ListFacts facts = describe_lists(lists, {});
  EXPECT_EQ(facts.asked, 2u);
  EXPECT_EQ(facts.relevant, 2u);
  EXPECT_EQ(facts.retrieved, 1u);
  const auto found = evaluate_lists(RetrievalOrder(3), "order", log_.data, lists, {});
  EXPECT_DOUBLE_EQ(found.metrics[0].interval.value, 1 / 2.0);
  EXPECT_DOUBLE_EQ(found.metrics[2].interval.value, 1 / 2.0);
  EXPECT_DOUBLE_EQ(found.metrics[3].interval.value, 1);  // of what is among the candidates
}

TEST_F(ListEvaluationTest, AListOfOneSaysNothingOfPairs) {
  const Impressions lists = write({{0, 0, 1}, {1}}, {0, 0});
  const auto found = evaluate_lists(RetrievalOrder(3), "order", log_.data, lists, {});
  EXPECT_DOUBLE_EQ(found.metrics[1].interval.value, (1 / 3.0 + 1) / 2);
  EXPECT_DOUBLE_EQ(found.metrics[2].interval.value, 0);  // the first list alone
}

TEST_F(ListEvaluationTest, DifferencesArePairedByList) {
  const Impressions lists = write({{0, 1, 0}, {0, 1, 0}, {0, 1, 0}}, {0, 0, 0});
  const auto order = evaluate_lists(RetrievalOrder(3), "order", log_.data, lists, {});
  const auto again = evaluate_lists(RetrievalOrder(3), "again", log_.data, lists, {});
  const auto none = paired(order, again, 0, {});
  EXPECT_EQ(none.difference.low, 0);
  EXPECT_EQ(none.difference.high, 0);
  EXPECT_EQ(none.share_above, 0.5);
}

// Scores of two heads, item by item.
class TwoHeads : public Ranker {
 public:
  std::string kind() const override { return "two"; }
  size_t num_items() const override { return 3; }
  const std::vector<Head>& heads() const override { return heads_; }
  void score_heads(std::span<const RankRequest> requests, std::span<float> out) const override {
    for (const RankRequest& request : requests) {
      for (const ItemId item : request.candidates) {
        out[0] = static_cast<float>(index(item));  // c, b, a
        out[1] = -out[0];                          // a, b, c
        out = out.subspan(2);
      }
    }
  }

 private:
  std::vector<Head> heads_ = {{"buy", 1}, {"look", 2}};
};

TEST_F(ListEvaluationTest, EachHeadIsMeasuredByItsOwnLabels) {
  ImpressionWriter writer(3, 0);
  const std::vector<ItemId> items = {ItemId{0}, ItemId{1}, ItemId{2}};
  const std::vector<float> scores = {3, 2, 1};
  const std::vector<uint32_t> ranks = {1, 2, 3}, missed = {0, 0, 0};
  // a is looked at; b is bought; b is saved, once in two lists.
  const std::vector<float> both = {0, 1, 0, 1, 0, 1, 0, 0, 0}, looked = {0, 1, 0, 0, 0, 0, 0, 0, 0};
  for (const auto& labels : {both, looked}) {
    writer.append({UserId{0}, 9, 3, missed, items, scores, ranks, {}, labels, {}});
  }
  ImpressionFacts facts;
  facts.heads = {"buy", "look", "save"};
  facts.dataset_hash = log_.hash;
  std::filesystem::create_directories(log_.directory / "lists");
  writer.finish(log_.directory / "lists", std::vector<uint32_t>{3}, facts);
  const auto lists = Impressions::open(log_.directory / "lists");
  const auto found = evaluate_lists(TwoHeads(), "two", log_.data, lists, {});
  ASSERT_EQ(found.heads.size(), 3u);
  const auto mrr = [](const std::vector<MetricResult>& metrics) {
    return metrics.at(1).interval.value;
  };
  EXPECT_EQ(found.heads[0].head, "buy");
  EXPECT_EQ(found.heads[0].asked, 1u);
  EXPECT_DOUBLE_EQ(mrr(found.heads[0].by_own), 1 / 2.0);    // c, b, a
  EXPECT_DOUBLE_EQ(mrr(found.heads[0].by_final), 1 / 2.0);  // x - 2 x: a, b, c
  EXPECT_EQ(found.heads[1].asked, 2u);
  EXPECT_DOUBLE_EQ(mrr(found.heads[1].by_own), 1);
  EXPECT_DOUBLE_EQ(mrr(found.heads[1].by_final), 1);
  EXPECT_TRUE(found.heads[2].by_own.empty());
  EXPECT_DOUBLE_EQ(mrr(found.heads[2].by_final), 1 / 2.0);
  const nlohmann::json json = to_json(found);
  EXPECT_EQ(json["heads"][0]["own"]["mrr"]["value"], 1 / 2.0);
  EXPECT_FALSE(json["heads"][2].contains("own"));
  // One head alone is the whole table.
  EXPECT_TRUE(
      evaluate_lists(TwoHeads(), "two", log_.data, lists, {.heads = {"buy"}}).heads.empty());
}

TEST_F(ListEvaluationTest, OtherItemsAndHeadsAreRefused) {
  const Impressions lists = write({{0, 1, 0}}, {0});
  EXPECT_THROW(evaluate_lists(RetrievalOrder(4), "order", log_.data, lists, {}), Error);
  EXPECT_THROW(describe_lists(lists, {"buy"}), Error);
}

}  // namespace
}  // namespace kaskad
