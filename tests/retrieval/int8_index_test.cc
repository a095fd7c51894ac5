#include "kaskad/retrieval/int8_index.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "kaskad/core/error.h"
#include "kaskad/core/file.h"
#include "kaskad/retrieval/exact_index.h"
#include "tests/dataset/messages.h"
#include "tests/retrieval/planted_vectors.h"
#include "tests/temp_dir.h"

namespace kaskad {
namespace {

constexpr size_t kInt8Dimension = 32, kInt8Items = 12'000;

PlantedVectors flat() { return flat_vectors(kInt8Items, 40, kInt8Dimension, 0.02f, 1); }

std::vector<ScoredItem> found_by(const VectorIndex& index, const PlantedVectors& vectors, size_t k,
                                 std::span<const ItemFilter* const> filters = {}) {
  std::vector<ScoredItem> out(vectors.queries.size() / kInt8Dimension * k);
  index.search(vectors.queries, filters, k, out);
  return out;
}

TEST(Int8Index, WhatBoundsAnswerIsTheExactAnswer) {
  const auto vectors = flat();
  const ExactIndex exact(vectors.items, kInt8Dimension);
  Int8Index index(vectors.items, kInt8Dimension);
  index.lead_with(8);
  for (const size_t k : {1u, 10u, 100u, 600u}) {
    EXPECT_GT(index.proven(vectors.queries, k), 0.9) << k;
    EXPECT_EQ(found_by(index, vectors, k), found_by(exact, vectors, k)) << k;
  }
}

TEST(Int8Index, WhatBoundsDoNotProveIsAnsweredByTheCodes) {
  const auto vectors = planted_vectors(kInt8Items, 40, kInt8Dimension, 2);
  const Int8Index plain(vectors.items, kInt8Dimension);
  Int8Index index(vectors.items, kInt8Dimension);
  index.lead_with(8);
  EXPECT_LT(index.proven(vectors.queries, 100), 0.1);
  EXPECT_EQ(found_by(index, vectors, 100), found_by(plain, vectors, 100));
}

TEST(Int8Index, BoundsHeedFiltersThatLeaveFewOrNone) {
  const auto vectors = flat();
  const ExactIndex exact(vectors.items, kInt8Dimension);
  Int8Index index(vectors.items, kInt8Dimension);
  index.lead_with(8);
  std::vector<ItemId> seen, few = {ItemId{3}, ItemId{77}, ItemId{11'999}},
                            unknown = {ItemId{kInt8Items}};
  for (const auto& best : plain_search(vectors, 0, nullptr, 150)) seen.push_back(best.item);
  Query queries[3];
  queries[0].exclude = seen, queries[1].allow = few, queries[2].allow = unknown;
  for (const Query& query : queries) {
    ItemFilter filter(kInt8Items);
    filter.set(query);
    const std::vector<const ItemFilter*> filters(40, &filter);
    for (const size_t k : {5u, 200u}) {
      EXPECT_EQ(found_by(index, vectors, k, filters), found_by(exact, vectors, k, filters)) << k;
    }
  }
}

TEST(Int8Index, LongListsInLongCataloguesHaveNearlyAllOfTheExactOnes) {
  const auto vectors = planted_vectors(kInt8Items, 20, kInt8Dimension, 3);
  const ExactIndex exact(vectors.items, kInt8Dimension);
  const Int8Index index(vectors.items, kInt8Dimension);
  const size_t k = 500;  // a threshold from a sample, and no heap
  const auto got = found_by(index, vectors, k), want = found_by(exact, vectors, k);
  size_t same = 0;
  for (size_t i = 0; i < got.size(); ++i) same += got[i] == want[i];
  EXPECT_GE(static_cast<double>(same), 0.999 * static_cast<double>(got.size()));
}

TEST(BuildIndex, TakesBoundsWhereTheyAnswerTheSampleAndSaysSo) {
  IndexOptions options;
  options.kind = IndexKind::kExactInt8;
  const auto few = flat(), many = planted_vectors(kInt8Items, 40, kInt8Dimension, 4);
  const auto with = build_index(few.items, kInt8Dimension, few.queries, options);
  EXPECT_EQ(with->report().leading, 8u);
  EXPECT_EQ(with->report().recall, 1);
  const auto without = build_index(many.items, kInt8Dimension, many.queries, options);
  EXPECT_EQ(without->report().leading, 0u);
  EXPECT_GT(with->report().bytes, without->report().bytes);
  const auto small = std::span(few.items).first(9000 * kInt8Dimension);  // not worth it
  EXPECT_EQ(build_index(small, kInt8Dimension, few.queries, options)->report().leading, 0u);
}

TEST(IndexFiles, KeepHowManyPlacesLead) {
  const auto vectors = flat();
  const TempDir directory;
  IndexOptions options;
  options.kind = IndexKind::kExactInt8;
  const auto saved = build_index(vectors.items, kInt8Dimension, vectors.queries, options);
  save_index(*saved, directory.path());
  const auto load = [&] { return load_index(vectors.items, kInt8Dimension, directory.path()); };
  EXPECT_EQ(load()->report().leading, 8u);
  EXPECT_EQ(dynamic_cast<const Int8Index&>(*load()).leading(), 8u);
  EXPECT_EQ(found_by(*load(), vectors, 10), found_by(*saved, vectors, 10));
  auto json = nlohmann::json::parse(read_file(directory / "index.json"));
  json.erase("leading");  // as before there were bounds
  write_file(directory / "index.json", json.dump());
  EXPECT_EQ(dynamic_cast<const Int8Index&>(*load()).leading(), 0u);
  json["leading"] = 7;
  write_file(directory / "index.json", json.dump());
  EXPECT_TRUE(contains(message_of([&] { load(); }), "found 7 leading places, expected an even"));
}

}  // namespace
}  // namespace kaskad
