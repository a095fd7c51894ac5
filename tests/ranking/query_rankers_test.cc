#include "kaskad/ranking/query_rankers.h"

#include <gtest/gtest.h>

#include <cmath>

#include "kaskad/dataset/feature_files.h"
#include "tests/dataset/messages.h"

namespace kaskad {
namespace {

// Three items: "red red shoes", "red hat", nothing.
FeatureColumns texts() {
  FeatureColumns columns;
  columns.categorical.push_back({"title", {"Red", "shoes", "red hat"}, {0, 2, 3, 3}, {0, 1, 2}});
  columns.categorical.push_back({"colour", {"red"}, {0, 1, 1, 1}, {0}});
  return columns;
}

std::vector<float> bm25_scores(std::string_view query,
                               const std::vector<std::string>& columns = {}) {
  const FeatureColumns own = texts();
  const Bm25Ranker ranker(table_of(own, 3), 3, columns, {});
  const std::vector<ItemId> items = {ItemId{0}, ItemId{1}, ItemId{2}, kNoItem};
  RankRequest request;
  request.candidates = items;
  request.query = query;
  std::vector<float> scores(items.size());
  ranker.score_heads({&request, 1}, scores);
  return scores;
}

TEST(Bm25, ByHand) {
  // N = 3; "red" is in 2 items, "hat" in 1. Lengths 3, 2, 0, mean 5/3; k1 1.2, b 3/4.
  const double idf_red = std::log(1 + (3 - 2 + 0.5) / (2 + 0.5));
  const double idf_hat = std::log(1 + (3 - 1 + 0.5) / (1 + 0.5));
  const auto part = [](double tf, double length) {
    return tf * 2.2 / (tf + 1.2 * (0.25 + 0.75 * length / (5.0 / 3)));
  };
  const auto scores = bm25_scores("RED hat");
  EXPECT_NEAR(scores[0], idf_red * part(2, 3), 1e-6);
  EXPECT_NEAR(scores[1], idf_red * part(1, 2) + idf_hat * part(1, 2), 1e-6);
  EXPECT_EQ(scores[2], 0);
  EXPECT_EQ(scores[3], 0);  // unknown
}

TEST(Bm25, NoQueryAndUnknownWordsScoreNothing) {
  for (const char* query : {"", "boots", "!"}) {
    EXPECT_EQ(bm25_scores(query), (std::vector<float>{0, 0, 0, 0})) << query;
  }
}

TEST(Bm25, ColumnsAreNamed) {
  const auto scores = bm25_scores("red", {"colour"});
  EXPECT_GT(scores[0], 0);
  EXPECT_EQ(scores[1], 0);
  EXPECT_EQ(message_of([] { bm25_scores("red", {"brand"}); }),
            "bm25: found 0 columns of text, expected those that are asked for, of: title, colour");
}

}  // namespace
}  // namespace kaskad
