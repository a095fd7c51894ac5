#include "kaskad/retrieval/leading_bounds.h"

#include <gtest/gtest.h>

#include <limits>

#include "kaskad/kernels/bound_scan.h"
#include "tests/retrieval/planted_vectors.h"

namespace kaskad {
namespace {

// bounds[item] of one query
std::vector<double> bounds_of(const LeadingBounds& bounds, std::span<const float> query,
                              size_t num_items) {
  std::vector<int16_t> codes(bounds.places());
  const LeadingBounds::Scale scale = bounds.ask(query, codes.data());
  std::vector<double> out;
  for (size_t block = 0; out.size() < num_items; ++block) {
    BlockScores scores;
    const float threshold = 0;
    scan_bounds(bounds.block(block), bounds.places(), codes.data(), 1, &threshold, scores);
    for (size_t j = 0; j < kScanBlock && out.size() < num_items; ++j) {
      out.push_back(scale.bound(scores.scores[j]));
    }
  }
  return out;
}

double mean_distance(const PlantedVectors& vectors, size_t places) {
  const size_t d = vectors.dimension, num_items = vectors.items.size() / d;
  const LeadingBounds bounds(vectors.items, d, places);
  double sum = 0, products = 0;
  for (size_t q = 0; q < vectors.queries.size() / d; ++q) {
    const auto query = std::span(vectors.queries).subspan(q * d, d);
    const auto found = bounds_of(bounds, query, num_items);
    for (size_t item = 0; item < num_items; ++item) {
      const float product = dot_reference(query.data(), vectors.items.data() + item * d, d);
      EXPECT_LE(double{product}, found[item]) << "query " << q << ", item " << item;
      sum += found[item] - double{product};
      products += std::abs(product);
    }
  }
  return sum / products;
}

TEST(LeadingBounds, NoProductIsAboveItsBound) {
  for (const size_t dimension : {16u, 40u, 64u}) {
    for (const size_t places : {2u, 8u, 16u}) {
      SCOPED_TRACE(testing::Message() << dimension << " dimensions, " << places << " places");
      mean_distance(planted_vectors(700, 20, dimension, 1), places);
      mean_distance(flat_vectors(700, 20, dimension, 0.01f, 2), places);
    }
  }
}

TEST(LeadingBounds, AreTightWhereVectorsHaveFewDirectionsAndLooseElsewhere) {
  EXPECT_LT(mean_distance(flat_vectors(2000, 10, 64, 0.01f, 3), 8), 0.02);
  EXPECT_GT(mean_distance(planted_vectors(2000, 10, 64, 3), 8), 0.5);
}

TEST(LeadingBounds, HoldForItemsOfVeryDifferentLength) {
  auto vectors = flat_vectors(640, 5, 24, 0.1f, 4);
  for (size_t i = 0; i < 24; ++i) vectors.items[i] *= 1e4f;
  for (size_t i = 24; i < 48; ++i) vectors.items[i] *= 1e-20f;
  mean_distance(vectors, 8);
}

TEST(LeadingBounds, SayNothingOfAQueryOfZerosOrOneThatIsNotFinite) {
  const auto vectors = planted_vectors(100, 1, 16, 5);
  const LeadingBounds bounds(vectors.items, 16, 8);
  std::vector<int16_t> codes(8, 9);
  std::vector<float> query(16, 0);
  EXPECT_EQ(bounds.ask(query, codes.data()).unit, 0);
  EXPECT_EQ(codes, std::vector<int16_t>(8, 0));
  query[3] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(bounds.ask(query, codes.data()).unit, 0);
}

TEST(LeadingBounds, OfItemsOfZerosAreAboutZero) {
  const std::vector<float> items(64 * 16, 0);
  const LeadingBounds bounds(items, 16, 8);
  const std::vector<float> query(16, 1);
  for (const double bound : bounds_of(bounds, query, 64)) {
    EXPECT_GE(bound, 0);
    EXPECT_LT(bound, 1e-2);
  }
}

}  // namespace
}  // namespace kaskad
