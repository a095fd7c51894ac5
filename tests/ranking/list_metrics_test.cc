#include "kaskad/ranking/list_metrics.h"

#include <gtest/gtest.h>

#include <cmath>

namespace kaskad {
namespace {

// One list of one head, or of several, with arrays of its own.
struct OwnedList {
  std::vector<float> labels;
  std::vector<uint32_t> missed = {0};
  std::vector<ItemId> items = {};

  ImpressionList view() {
    items.resize(labels.size() / missed.size());
    ImpressionList list;
    list.items = items;
    list.labels = labels;
    list.missed = missed;
    return list;
  }
};

ListFigures measure(OwnedList list, const std::vector<float>& scores,
                    std::vector<size_t> heads = {}) {
  return ListMeasure(std::move(heads))(list.view(), scores);
}

TEST(ListMetrics, OneRelevantItemAtRankTwo) {
  const ListFigures figures = measure({{0, 1, 0, 0}}, {9, 8, 7, 6});
  EXPECT_DOUBLE_EQ(figures.ndcg, 1 / std::log2(3));
  EXPECT_DOUBLE_EQ(figures.mrr, 1 / 2.0);
  EXPECT_DOUBLE_EQ(figures.auc, 2 / 3.0);  // above two of three others
  EXPECT_DOUBLE_EQ(figures.shown_auc, 2 / 3.0);
}

TEST(ListMetrics, HitsAreOfTheFirstRelevantItem) {
  using Hits = std::array<double, 3>;  // @1, @3, @10
  EXPECT_EQ(measure({{0, 1, 0, 1}}, {9, 8, 7, 6}).hits, (Hits{0, 1, 1}));
  EXPECT_EQ(measure({{1, 0, 0, 0}}, {9, 8, 7, 6}).hits, (Hits{1, 1, 1}));
  EXPECT_EQ(measure({{0, 0, 0, 1}}, {9, 8, 7, 6}).hits, (Hits{0, 0, 1}));
  EXPECT_EQ(measure({{1, 0, 0, 0}}, {5, 5, 5, 5}).hits, (Hits{0, 1, 1}));  // in the middle: 2.5
  EXPECT_EQ(measure({{0, 0}, {1}}, {2, 1}).hits, (Hits{0, 0, 0}));         // missed
}

TEST(ListMetrics, WhatRetrievalMissedCountsAgainstEverybody) {
  const ListFigures figures = measure({{1, 0, 0, 0}, {1}}, {9, 8, 7, 6});
  EXPECT_DOUBLE_EQ(figures.ndcg, 1 / (1 + 1 / std::log2(3)));
  EXPECT_DOUBLE_EQ(figures.mrr, 1);
  EXPECT_DOUBLE_EQ(figures.auc, 1 / 2.0);
  EXPECT_DOUBLE_EQ(figures.shown_auc, 1);
}

TEST(ListMetrics, NothingFoundIsWorthNothing) {
  OwnedList list{{0, 0}, {2}};
  EXPECT_TRUE(ListMeasure().asks(list.view()));
  const ListFigures figures = measure(list, {1, 2});
  EXPECT_EQ(figures.ndcg, 0);
  EXPECT_EQ(figures.mrr, 0);
  EXPECT_TRUE(figures.has_auc);
  EXPECT_EQ(figures.auc, 0);
  EXPECT_FALSE(figures.has_shown_auc);
}

TEST(ListMetrics, TiesGetTheMiddle) {
  // One relevant among three of one score: rank (3 + 1) / 2 = 2, half of both pairs.
  const ListFigures figures = measure({{0, 1, 0, 0}}, {5, 5, 5, 1});
  EXPECT_DOUBLE_EQ(figures.mrr, 1 / 2.0);
  EXPECT_DOUBLE_EQ(figures.auc, (2 * 0.5 + 1) / 3);
}

TEST(ListMetrics, AllTiedIsHalf) {
  EXPECT_DOUBLE_EQ(measure({{1, 0, 1, 0, 0}}, {0, 0, 0, 0, 0}).auc, 0.5);
}

TEST(ListMetrics, WithoutAnotherCandidateThereIsNoPair) {
  const ListFigures figures = measure({{1}}, {3});
  EXPECT_EQ(figures.ndcg, 1);
  EXPECT_FALSE(figures.has_auc);
  EXPECT_FALSE(figures.has_shown_auc);
}

TEST(ListMetrics, HeadsAreAskedTogetherOrAlone) {
  // (candidates, heads): the first is clicked, the second bought.
  const OwnedList list{{1, 0, 0, 1, 0, 0}, {0, 1}};
  const std::vector<float> scores = {3, 2, 1};
  EXPECT_DOUBLE_EQ(measure(list, scores, {0}).mrr, 1);
  EXPECT_DOUBLE_EQ(measure(list, scores, {1}).mrr, 1 / 2.0);
  EXPECT_DOUBLE_EQ(measure(list, scores, {0}).auc, 1);
  EXPECT_DOUBLE_EQ(measure(list, scores, {1}).auc, (1 / 2.0) / 2);  // one more was missed
  EXPECT_DOUBLE_EQ(measure(list, scores).auc, (1 + 1) / 3.0);
}

TEST(ListMetrics, AListWithoutAnswerIsNotAsked) {
  OwnedList list{{0, 0}};
  EXPECT_FALSE(ListMeasure().asks(list.view()));
}

}  // namespace
}  // namespace kaskad
