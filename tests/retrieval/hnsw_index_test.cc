#include "kaskad/retrieval/hnsw_index.h"

#include <gtest/gtest.h>

#include "tests/retrieval/planted_vectors.h"

namespace kaskad {
namespace {

constexpr size_t kDimension = 16;

std::vector<ScoredItem> search(const HnswIndex& index, const PlantedVectors& vectors, size_t k) {
  std::vector<ScoredItem> out(vectors.queries.size() / kDimension * k);
  index.search(vectors.queries, {}, k, out);
  return out;
}

// Share of the exact lists of k that the index finds.
double recall(const HnswIndex& index, const PlantedVectors& vectors, size_t k) {
  const auto out = search(index, vectors, k);
  size_t hits = 0;
  for (size_t q = 0; q < out.size() / k; ++q) {
    const float least = plain_search(vectors, q, nullptr, k).back().score;
    for (size_t i = 0; i < k; ++i) hits += out[q * k + i].score >= least - 1e-5f;
  }
  return static_cast<double>(hits) / static_cast<double>(out.size());
}

TEST(HnswGraph, TheSameItemsGiveTheSameGraph) {
  const auto vectors = planted_vectors(3000, 0, kDimension, 1);
  const auto build = [&] { return HnswGraph::build(vectors.items, kDimension, 8, 40, 1); };
  const HnswGraph first = build(), second = build();
  ASSERT_EQ(first.entry(), second.entry());
  for (int32_t item = 0; item < 3000; ++item) {
    const auto a = first.neighbors(item, 0), b = second.neighbors(item, 0);
    ASSERT_TRUE(std::equal(a.begin(), a.end(), b.begin(), b.end())) << item;
  }
}

TEST(HnswIndex, FindsTheLargestInnerProductsDespiteUnequalNorms) {
  // Item norms vary by e^(0.4 normal): inner product is far from any distance here.
  const auto vectors = planted_vectors(8'000, 50, kDimension, 2);
  const HnswIndex index(vectors.items, kDimension,
                        HnswGraph::build(vectors.items, kDimension, 16, 60, 1), 100);
  EXPECT_GE(recall(index, vectors, 10), 0.95);
  EXPECT_EQ(search(index, vectors, 10), search(index, vectors, 10));
}

TEST(HnswIndex, ItemsOfZerosAndOfHardlyAnyLengthDoNotSpoilTheGraph) {
  // Cold items: every second is zero, every tenth a millionth of its length.
  auto vectors = planted_vectors(8'000, 30, kDimension, 5);
  for (size_t item = 0; item < 8'000; ++item) {
    const float scale = item % 2 == 0 ? 0 : item % 10 == 1 ? 1e-6f : 1;
    for (size_t i = 0; i < kDimension; ++i) vectors.items[item * kDimension + i] *= scale;
  }
  const HnswIndex index(vectors.items, kDimension,
                        HnswGraph::build(vectors.items, kDimension, 16, 60, 1), 100);
  EXPECT_GE(recall(index, vectors, 10), 0.95);
}

TEST(HnswIndex, AWiderSearchFindsMore) {
  const auto vectors = planted_vectors(6'000, 50, kDimension, 3);
  HnswIndex index(vectors.items, kDimension, HnswGraph::build(vectors.items, kDimension, 4, 10, 1),
                  10);
  const double narrow = recall(index, vectors, 10);
  index.set_width(320);
  EXPECT_LT(narrow, 0.9);
  EXPECT_GT(recall(index, vectors, 10), narrow + 0.05);
}

TEST(HnswIndex, LeavesOutWhatTheFilterForbidsAndStillFindsK) {
  const auto vectors = planted_vectors(6'000, 1, kDimension, 4);
  const HnswIndex index(vectors.items, kDimension,
                        HnswGraph::build(vectors.items, kDimension, 16, 60, 1), 100);
  // The exact best 200, twice the width of the search, are forbidden.
  std::vector<ItemId> forbidden;
  for (const auto& best : plain_search(vectors, 0, nullptr, 200)) forbidden.push_back(best.item);
  Query query;
  query.exclude = forbidden;
  ItemFilter filter(6'000);
  filter.set(query);
  const ItemFilter* filters[] = {&filter};
  std::vector<ScoredItem> out(10);
  index.search(vectors.queries, filters, 10, out);
  const auto want = plain_search(vectors, 0, &filter, 10);
  size_t hits = 0;
  for (const auto& got : out) {
    ASSERT_NE(got.item, kNoItem);
    EXPECT_TRUE(filter.allows(got.item));
    hits += got.score >= want.back().score - 1e-5f;
  }
  EXPECT_GE(hits, 9u);
}

TEST(HnswIndex, AFilterThatLeavesAFewItemsGetsAllOfThem) {
  const size_t num_items = 6'000;
  const auto vectors = planted_vectors(num_items, 3, kDimension, 6);
  const HnswIndex index(vectors.items, kDimension,
                        HnswGraph::build(vectors.items, kDimension, 16, 40, 1), 50);
  std::vector<ItemId> allowed;
  for (uint32_t item = 5; item < num_items; item += 400) allowed.push_back(ItemId{item});
  Query query;
  query.allow = allowed;
  ItemFilter filter(num_items);
  filter.set(query);
  const std::vector<const ItemFilter*> filters(3, &filter);
  std::vector<ScoredItem> out(3 * 20, {ItemId{7}, 7});
  index.search(vectors.queries, filters, 20, out);
  for (size_t q = 0; q < 3; ++q) {  // 15 are allowed: 5, 405, ..., 5605
    const auto want = plain_search(vectors, q, &filter, 20);
    for (size_t i = 0; i < 20; ++i) {
      EXPECT_EQ(out[q * 20 + i].item, want[i].item) << q << ", " << i;
      EXPECT_EQ(out[q * 20 + i].item == kNoItem, i >= 15) << q << ", " << i;
    }
  }
}

}  // namespace
}  // namespace kaskad
