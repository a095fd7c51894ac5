#include "kaskad/cooc/score_row.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <set>

namespace kaskad {
namespace {

constexpr size_t kItems = 1000;

// Rows of `cells` cells each, of which a fifth speak against their item.
ItemMatrix random_matrix(size_t cells, uint32_t seed) {
  std::mt19937 random(seed);
  ItemMatrix matrix;
  for (size_t row = 0; row < kItems; ++row) {
    std::set<uint32_t> columns;
    while (columns.size() < cells) columns.insert(random() % kItems);
    for (const uint32_t column : columns) {
      matrix.columns.push_back(column);
      matrix.values.push_back(static_cast<float>(random() % 100) / 100 - .2f);
    }
    matrix.row_begin.push_back(matrix.columns.size());
  }
  return matrix;
}

std::vector<WeightedItem> random_events(size_t count, uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<WeightedItem> events;
  for (uint32_t position = 0; position < count; ++position) {
    events.push_back({static_cast<uint32_t>(random() % kItems), position,
                      1.0f / static_cast<float>(1 + random() % 9)});
  }
  return events;
}

float fold(Combine combine, float score, float x) {
  if (combine == Combine::kMax) return std::max(score, x);
  return score + (combine == Combine::kSum ? x : std::log1p(x));
}

std::vector<float> plainly(const MatrixView& matrix, const std::vector<WeightedItem>& events,
                           Combine combine) {
  std::vector<float> scores(kItems, 0.0f);
  for (const WeightedItem& event : events) {
    for (size_t c = 0; c < matrix.row_columns(event.item).size(); ++c) {
      float& score = scores[matrix.row_columns(event.item)[c]];
      score = fold(combine, score, event.weight * matrix.row_values(event.item)[c]);
    }
  }
  return scores;
}

std::vector<Candidate> drained(ScoreRow& row, size_t k) {
  TopK top(k);
  row.drain_into(top);
  return top.finish();
}

void expect_all_zero(ScoreRow& row) {
  for (const float score : row.all()) ASSERT_EQ(score, 0);
  ASSERT_TRUE(row.reached().empty());
}

TEST(ScoreRow, EqualsPlainAdditionWhetherItReachesFewItemsOrMany) {
  const ItemMatrix matrix = random_matrix(10, 1);
  ScoreRow row(kItems);
  for (const Combine combine : {Combine::kSum, Combine::kProduct, Combine::kMax}) {
    for (const size_t count : {0, 1, 20, 49, 50, 400}) {
      const auto events = random_events(count, static_cast<uint32_t>(count));
      row.add_rows(matrix.view(), events, combine);
      EXPECT_EQ(row.is_sparse(), count < 50);
      const auto expected = plainly(matrix.view(), events, combine);
      for (size_t i = 0; i < kItems; ++i) ASSERT_NEAR(row[i], expected[i], 1e-5) << i;
      row.clear();
      expect_all_zero(row);
    }
  }
}

TEST(ScoreRow, NamesEachReachedItemOnceAlsoWhereItsScoreReturnsToZero) {
  ItemMatrix matrix = random_matrix(0, 1);
  matrix.columns = {7, 9, 7, 7};
  matrix.values = {1, 1, -1, 1};
  matrix.row_begin.assign(kItems + 1, 4);
  matrix.row_begin[0] = 0, matrix.row_begin[1] = 2, matrix.row_begin[2] = 3;
  ScoreRow row(kItems);
  row.add_rows(matrix.view(), std::vector<WeightedItem>{{0, 0, 1}, {1, 1, 1}, {2, 2, 1}},
               Combine::kSum);
  ASSERT_TRUE(row.is_sparse());
  EXPECT_EQ(std::vector<uint32_t>(row.reached().begin(), row.reached().end()),
            (std::vector<uint32_t>{7, 9}));
}

TEST(ScoreRow, DrainsTheBestAboveZeroAndForgets) {
  const ItemMatrix matrix = random_matrix(10, 2);
  ScoreRow row(kItems);
  for (const size_t count : {5, 30, 300}) {
    const auto events = random_events(count, static_cast<uint32_t>(count));
    row.add_rows(matrix.view(), events, Combine::kSum);
    TopK expected(kItems);
    for (uint32_t i = 0; i < kItems; ++i) {
      if (row[i] > 0) expected.offer(i, row[i]);
    }
    const auto got = drained(row, kItems);
    ASSERT_EQ(got.size(), expected.finish().size());
    for (size_t i = 0; i < got.size(); ++i) {
      EXPECT_EQ(got[i].item, expected.finish()[i].item);
      EXPECT_EQ(got[i].score, expected.finish()[i].score);
    }
    expect_all_zero(row);
  }
}

TEST(ScoreRow, ScoresThatAreSetReachEveryItem) {
  const ItemMatrix matrix = random_matrix(10, 3);
  ScoreRow row(kItems);
  row.add_rows(matrix.view(), random_events(3, 1), Combine::kSum);
  std::vector<float> scores(kItems, 0.5f);
  row.swap(scores);
  EXPECT_FALSE(row.is_sparse());
  EXPECT_EQ(drained(row, kItems).size(), kItems);
  expect_all_zero(row);
  row.assign(std::vector<float>(kItems, 0.25f));
  EXPECT_EQ(drained(row, 1)[0].score, 0.25f);
  expect_all_zero(row);
}

}  // namespace
}  // namespace kaskad
