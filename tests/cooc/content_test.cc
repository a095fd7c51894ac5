#include "kaskad/cooc/content.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "kaskad/cooc/item_matrix.h"
#include "tests/cooc/cooc_log.h"
#include "tests/dataset/messages.h"

namespace kaskad {
namespace {

// Items 0 1 2 3 4: genres {x} {x} {y} {x y} {}; z is of item 2 alone and connects nothing.
struct Genres {
  std::vector<uint64_t> offsets = {0, 1, 2, 4, 6, 6};
  std::vector<uint32_t> codes = {0, 0, 1, 2, 0, 1};

  FeatureTable table() const {
    FeatureTable features;
    features.rows = 5;
    features.categorical.push_back({"genre", {"x", "y", "z"}, offsets, codes});
    return features;
  }
};

const double kX = std::log(5.0 / 3), kY = std::log(5.0 / 2);  // items / items with it

TEST(Content, WeighsRareAttributesMore) {
  const Genres genres;
  const ContentSimilarity content(genres.table(), 10, 1);
  const double both = std::sqrt(kX * kX + kY * kY);  // length of item 3
  EXPECT_NEAR(content.dot(0, 1), 1, 1e-6);
  EXPECT_NEAR(content.dot(0, 3), kX / both, 1e-6);
  EXPECT_NEAR(content.dot(2, 3), kY / both, 1e-6);
  EXPECT_EQ(content.dot(0, 2), 0);
  EXPECT_EQ(content.dot(4, 0), 0);
}

TEST(Content, ListsTheMostSimilarFirst) {
  const Genres genres;
  const ContentSimilarity content(genres.table(), 1, 1);
  ASSERT_EQ(content.neighbours(3).size(), 1u);
  EXPECT_EQ(content.neighbours(3)[0].item, 2u);  // y is rarer than x
  EXPECT_FLOAT_EQ(content.neighbours(3)[0].similarity, content.dot(3, 2));
  EXPECT_EQ(content.neighbours(0)[0].item, 1u);
  EXPECT_TRUE(content.neighbours(4).empty());
}

TEST(Content, VectorsWhoseSquaresLeaveFloatStillHaveAnAngle) {
  const std::vector<float> values = {1e30f, 0, 1e30f, 1e30f};
  FeatureTable features;
  features.rows = 2;
  features.dense = {{"vector", 2, values}};
  EXPECT_NEAR(ContentSimilarity(features, 10, 1).dot(0, 1), 1 / std::sqrt(2), 1e-6);
}

TEST(Content, ComparesVectorsByTheirAngle) {
  // (1, 0), (2, 2), nothing known, and a single number, which is no direction.
  constexpr float nan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> values = {1, 0, 2, 2, nan, nan}, prices = {5, 5, 5};
  FeatureTable features;
  features.rows = 3;
  features.dense = {{"vector", 2, values}, {"price", 1, prices}};
  const ContentSimilarity content(features, 10, 2);
  EXPECT_NEAR(content.dot(0, 1), 1 / std::sqrt(2), 1e-6);
  EXPECT_EQ(content.dot(0, 2), 0);
  EXPECT_EQ(content.neighbours(0).size(), 1u);
}

TEST(Content, GivesAttributesAndVectorsHalfEach) {
  // Items 0 and 1 share the genre (1) and stand at right angles (0): (1 + 0) / 2.
  const std::vector<float> values = {3, 0, 0, 2, 0, 0, 0, 0, 0, 0};
  const Genres genres;
  FeatureTable features = genres.table();
  features.dense = {{"vector", 2, values}};
  const ContentSimilarity content(features, 10, 1);
  EXPECT_NEAR(content.dot(0, 1), 0.5, 1e-6);
}

TEST(ContentTerm, AddsAShareOfTheUsualMaximum) {
  // Raw rows: 0 {1: 2}, 1 {0: 2}, 2 {3: 1}, 3 {2: 1}; mean of the maxima (2 + 2 + 1 + 1) / 4.
  const TestDataset log({{"u", "0", 0},
                         {"u", "1", 1},
                         {"v", "0", 0},
                         {"v", "1", 1},
                         {"w", "2", 0},
                         {"w", "3", 1},
                         {"x", "4", 0}});
  const PairWeighting bag{.reverse = 1};
  const PairCounts counts = count_pairs(all_sequences(log.data), std::span(&bag, 1), {});
  const Genres genres;
  const ContentSimilarity content(genres.table(), 10, 1);
  const Square m =
      dense(build_item_matrix(counts, 0, {.kind = NormKind::kRaw}, {&content, 0.2}, 1).view());
  EXPECT_NEAR(m[0][1], 2 + 0.2 * 1.5 * 1, 1e-6);
  EXPECT_NEAR(m[0][3], 0.2 * 1.5 * content.dot(0, 3), 1e-6);  // never taken together
  EXPECT_NEAR(m[3][2], 1 + 0.2 * 1.5 * content.dot(3, 2), 1e-6);
  EXPECT_EQ(m[4][0], 0);
}

TEST(ContentTerm, NeedsItemFeatures) {
  const TestDataset log({{"u", "a", 0}, {"u", "b", 1}});
  Variant variant;
  variant.matrix.content = 0.1;
  EXPECT_TRUE(
      contains(message_of([&] { fit_cooc(log.data, whole_log(log.data), {{{variant, 1}}}, {}); }),
               "needs item features"));
}

}  // namespace
}  // namespace kaskad
