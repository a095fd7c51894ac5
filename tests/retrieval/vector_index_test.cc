// What every kind of index owes: the exact answer on catalogues that are scanned, filters, ties,
// short catalogues, the rule of the asked recall, files.
#include "kaskad/retrieval/vector_index.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>
#include <thread>

#include "kaskad/core/error.h"
#include "kaskad/core/file.h"
#include "tests/retrieval/planted_vectors.h"
#include "tests/temp_dir.h"

namespace kaskad {
namespace {

constexpr IndexKind kKinds[] = {IndexKind::kExact, IndexKind::kExactInt8, IndexKind::kHnsw};

std::unique_ptr<VectorIndex> build(const PlantedVectors& vectors, IndexKind kind) {
  IndexOptions options;
  options.kind = kind;
  options.recall = 0;
  options.sample = 20;
  options.hnsw_links = 16;
  options.hnsw_build = 40;
  return build_index(vectors.items, vectors.dimension, vectors.queries, options);
}

std::vector<ScoredItem> search(const VectorIndex& index, const PlantedVectors& vectors, size_t k,
                               std::span<const ItemFilter* const> filters = {}) {
  std::vector<ScoredItem> out(vectors.queries.size() / vectors.dimension * k, {ItemId{7}, 7});
  index.search(vectors.queries, filters, k, out);
  return out;
}

// `out` holds the answers of all queries; scores may differ in the last bits where a target has no
// fused multiply-add, and items only where their scores do not differ by more.
void expect_plain(const std::vector<ScoredItem>& out, const PlantedVectors& vectors, size_t k,
                  std::span<const ItemFilter* const> filters = {}) {
  for (size_t q = 0; q < vectors.queries.size() / vectors.dimension; ++q) {
    const auto* filter = filters.empty() ? nullptr : filters[q];
    const auto want = plain_search(vectors, q, filter, k);
    for (size_t i = 0; i < k; ++i) {
      const ScoredItem got = out[q * k + i];
      ASSERT_EQ(got.item == kNoItem, want[i].item == kNoItem) << "query " << q << ", place " << i;
      ASSERT_NEAR(got.score, want[i].score, 1e-4f) << "query " << q << ", place " << i;
      if (got.item == kNoItem || filter == nullptr) continue;
      ASSERT_TRUE(filter->allows(got.item));
    }
  }
}

std::string error_of(const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(VectorIndex, ScansGiveThePlainAnswerAtOddSizes) {
  for (const size_t num_items : {1u, 63u, 64u, 65u, 700u}) {
    for (const size_t dimension : {1u, 5u, 64u}) {
      const auto vectors = planted_vectors(num_items, 7, dimension, 1);
      for (const size_t k : {1u, 10u, 100u}) {
        SCOPED_TRACE(testing::Message() << num_items << " items, " << dimension << ", k " << k);
        expect_plain(search(*build(vectors, IndexKind::kExact), vectors, k), vectors, k);
        // As many candidates as items, or more, so rounding hides none.
        if (num_items > 65 && k < 100) continue;
        expect_plain(search(*build(vectors, IndexKind::kHnsw), vectors, k), vectors, k);
      }
    }
  }
}

TEST(VectorIndex, MoreItemsThanThereAreIsAllOfThemAndThenNone) {
  const auto vectors = planted_vectors(5, 3, 8, 2);
  for (const IndexKind kind : kKinds) {
    SCOPED_TRACE(to_string(kind));
    const auto out = search(*build(vectors, kind), vectors, 9);
    expect_plain(out, vectors, 9);
    EXPECT_EQ(out[5].item, kNoItem);
    EXPECT_EQ(out[5].score, 0);
  }
}

TEST(VectorIndex, NegativeScoresAreRankedLikeOthers) {
  PlantedVectors vectors{2, {1, 0, 3, 0, 2, 0}, {-1, 0}};  // scores -1, -3, -2
  for (const IndexKind kind : kKinds) {
    SCOPED_TRACE(to_string(kind));
    EXPECT_EQ(search(*build(vectors, kind), vectors, 3),
              (std::vector<ScoredItem>{{ItemId{0}, -1}, {ItemId{2}, -2}, {ItemId{1}, -3}}));
  }
}

TEST(VectorIndex, TiesGoToTheLowerItem) {
  PlantedVectors vectors{3, {}, {1, 1, 1, 0, 0, 0}};  // the second query ties with everything
  for (int item = 0; item < 300; ++item) vectors.items.insert(vectors.items.end(), {1, 2, 3});
  for (const IndexKind kind : kKinds) {
    SCOPED_TRACE(to_string(kind));
    EXPECT_EQ(
        search(*build(vectors, kind), vectors, 2),
        (std::vector<ScoredItem>{{ItemId{0}, 6}, {ItemId{1}, 6}, {ItemId{0}, 0}, {ItemId{1}, 0}}));
  }
}

TEST(VectorIndex, FiltersAreAppliedInsideTheSearch) {
  const size_t num_items = 3000, k = 20;
  const auto vectors = planted_vectors(num_items, 4, 16, 3);
  std::vector<ItemFilter> filters(4, ItemFilter(num_items));
  // The best 50 of query 0 seen, some of query 1 excluded, 30 items allowed for query 2, 5 for 3.
  std::vector<ItemId> seen, excluded, allowed,
      few = {ItemId{3}, ItemId{9}, ItemId{1}, ItemId{2999}, ItemId{8}};
  for (const auto& best : plain_search(vectors, 0, nullptr, 50)) seen.push_back(best.item);
  for (const auto& best : plain_search(vectors, 1, nullptr, 10)) excluded.push_back(best.item);
  for (uint32_t item = 0; item < num_items; item += 100) allowed.push_back(ItemId{item});
  Query by_history, by_exclusion, by_permission, by_few;
  by_history.history.items = seen;
  by_exclusion.exclude = excluded;
  by_permission.allow = allowed;
  by_few.allow = few;
  filters[0].set(by_history), filters[1].set(by_exclusion);
  filters[2].set(by_permission), filters[3].set(by_few);
  const ItemFilter* pointers[] = {&filters[0], &filters[1], &filters[2], &filters[3]};
  for (const IndexKind kind : kKinds) {
    SCOPED_TRACE(to_string(kind));
    expect_plain(search(*build(vectors, kind), vectors, k, pointers), vectors, k, pointers);
  }
}

TEST(VectorIndex, BatchEqualsSingle) {
  const size_t k = 10;
  const auto vectors = planted_vectors(4000, 515, 24, 4);  // more than two batches of 256
  for (const IndexKind kind : kKinds) {
    SCOPED_TRACE(to_string(kind));
    const auto index = build(vectors, kind);
    const auto batch = search(*index, vectors, k);
    std::vector<ScoredItem> row(k);
    for (size_t q = 0; q < 515; ++q) {
      index->search(std::span(vectors.queries).subspan(q * 24, 24), {}, k, row);
      ASSERT_TRUE(std::equal(row.begin(), row.end(), batch.begin() + static_cast<ptrdiff_t>(q * k)))
          << q;
    }
  }
}

TEST(VectorIndex, ThreadsMaySearchAtOnce) {
  const auto vectors = planted_vectors(4000, 40, 16, 5);
  for (const IndexKind kind : kKinds) {
    SCOPED_TRACE(to_string(kind));
    const auto index = build(vectors, kind);
    const auto alone = search(*index, vectors, 10);
    std::vector<ScoredItem> first, second;
    std::thread other([&] { first = search(*index, vectors, 10); });
    second = search(*index, vectors, 10);
    other.join();
    EXPECT_EQ(first, alone);
    EXPECT_EQ(second, alone);
  }
}

TEST(VectorIndex, AQueryThatIsNotFiniteFindsNothing) {
  auto vectors = planted_vectors(3000, 1, 8, 6);
  for (const IndexKind kind : kKinds) {
    SCOPED_TRACE(to_string(kind));
    const auto index = build(vectors, kind);
    std::vector<float> query(8, std::numeric_limits<float>::quiet_NaN());
    std::vector<ScoredItem> out(3, {ItemId{7}, 7});
    index->search(query, {}, 3, out);
    EXPECT_EQ(out, std::vector<ScoredItem>(3));
  }
}

TEST(VectorIndex, RefusesItemsThatAreNotFinite) {
  std::vector<float> items(12, 1);
  items[7] = std::numeric_limits<float>::infinity();  // 7 = 1 * 4 + 3
  EXPECT_EQ(error_of([&] { build_index(items, 4, {}, {}); }),
            "item 1, coordinate 3: found inf, expected a finite number");
}

TEST(VectorIndex, OfNoItemsFindsNothing) {
  PlantedVectors vectors{4, {}, {1, 2, 3, 4}};
  for (const IndexKind kind :
       {IndexKind::kExact, IndexKind::kExactInt8, IndexKind::kHnsw, IndexKind::kAuto}) {
    const auto index = build(vectors, kind);
    EXPECT_EQ(search(*index, vectors, 2), std::vector<ScoredItem>(2)) << to_string(kind);
    EXPECT_EQ(index->report().recall, 1) << to_string(kind);
  }
}

TEST(VectorIndex, Int8FindsNearlyAllOfTheExactList) {
  const auto vectors = planted_vectors(5000, 50, 64, 7);
  IndexOptions options;
  options.kind = IndexKind::kExactInt8;
  options.recall = 0.999;
  options.recall_k = 50;
  const auto index = build_index(vectors.items, 64, vectors.queries, options);
  EXPECT_GE(index->report().recall, 0.999);
  EXPECT_EQ(index->report().recall_k, 50u);
  EXPECT_EQ(index->report().kind, IndexKind::kExactInt8);
  // 5000 items in 79 blocks: 64 bytes of codes and 4 of scale each.
  EXPECT_EQ(index->report().bytes, 79u * 64 * (64 + 4));
}

TEST(VectorIndex, ANamedKindBelowTheAskedRecallIsRefusedWithAdvice) {
  const auto vectors = planted_vectors(5000, 50, 32, 8);
  IndexOptions options;
  options.kind = IndexKind::kHnsw;
  options.recall = 1;
  options.recall_k = 10;
  options.hnsw_links = 2, options.hnsw_build = 4, options.hnsw_search = 10;
  const std::string error =
      error_of([&] { build_index(vectors.items, 32, vectors.queries, options); });
  EXPECT_TRUE(error.starts_with("the index 'hnsw' finds 0.")) << error;
  EXPECT_NE(error.find("of the exact top 10, asked were 1.0000"), std::string::npos) << error;
  EXPECT_NE(error.find("raise hnsw_search (now 10) or hnsw_links"), std::string::npos) << error;
  EXPECT_NE(error.find("'exact' or 'auto'"), std::string::npos) << error;
}

TEST(VectorIndex, AutoNeverTakesOneBelowTheAskedRecall) {
  const auto vectors = planted_vectors(3000, 20, 16, 9);
  IndexOptions options;
  options.kind = IndexKind::kAuto;
  for (const double recall : {0.5, 1.0}) {
    options.recall = recall;
    const auto index = build_index(vectors.items, 16, vectors.queries, options);
    EXPECT_GE(index->report().recall, recall);
    EXPECT_NE(index->report().kind, IndexKind::kAuto);
  }
  options.recall = 1.01;  // nothing but the exact scan is taken without being asked how good it is
  EXPECT_EQ(build_index(vectors.items, 16, vectors.queries, options)->report().kind,
            IndexKind::kExact);
}

TEST(VectorIndex, MeasuresRecallWithItemsWhereThereAreNoQueries) {
  const auto vectors = planted_vectors(3000, 0, 16, 10);
  IndexOptions options;
  options.kind = IndexKind::kExactInt8;
  options.recall = 0.9;
  const auto index = build_index(vectors.items, 16, {}, options);
  EXPECT_GE(index->report().recall, 0.9);
  EXPECT_LE(index->report().recall, 1);
}

TEST(IndexFiles, ALoadedIndexAnswersAsTheSavedOne) {
  const auto vectors = planted_vectors(5000, 30, 16, 11);
  for (const IndexKind kind : kKinds) {
    SCOPED_TRACE(to_string(kind));
    const TempDir directory;
    const auto saved = build(vectors, kind);
    save_index(*saved, directory.path());
    const auto loaded = load_index(vectors.items, 16, directory.path());
    EXPECT_EQ(search(*loaded, vectors, 10), search(*saved, vectors, 10));
    EXPECT_EQ(loaded->report().kind, kind);
    EXPECT_EQ(loaded->report().recall, saved->report().recall);
    EXPECT_EQ(loaded->report().seconds_a_query, saved->report().seconds_a_query);
  }
}

TEST(IndexFiles, AGraphOfOtherItemsOrADamagedOneIsRefused) {
  const auto vectors = planted_vectors(2000, 5, 16, 12);
  const TempDir directory;
  save_index(*build(vectors, IndexKind::kHnsw), directory.path());
  const auto load = [&](size_t items) {
    return error_of(
        [&] { load_index(std::span(vectors.items).first(items * 16), 16, directory.path()); });
  };
  EXPECT_NE(load(1999).find("found 2000, expected 1999 levels"), std::string::npos) << load(1999);
  const std::string path = directory / "graph_neighbors.npy";
  std::string bytes = read_file(path);
  bytes[bytes.size() - 400] = '\x7f', bytes[bytes.size() - 397] = '\x7f';  // a link to nowhere
  for (size_t i = bytes.size() - 400; i < bytes.size(); ++i) bytes[i] = '\x7f';
  write_file(path, bytes);
  EXPECT_NE(load(2000).find("links to items of their level"), std::string::npos) << load(2000);
  write_file(directory / "index.json", "{\"kind\": \"auto\"}");
  EXPECT_NE(load(2000).find("index.json' is damaged"), std::string::npos) << load(2000);
  std::filesystem::remove(directory / "index.json");
  EXPECT_NE(load(2000).find("index.json"), std::string::npos) << load(2000);
}

TEST(IndexKind, NamesAreReadBackAndOthersRefused) {
  for (const IndexKind kind :
       {IndexKind::kExact, IndexKind::kExactInt8, IndexKind::kHnsw, IndexKind::kAuto}) {
    EXPECT_EQ(parse_index_kind(to_string(kind)), kind);
  }
  EXPECT_EQ(error_of([] { parse_index_kind("flat"); }),
            "index: found 'flat', expected one of exact, int8, hnsw, auto");
}

}  // namespace
}  // namespace kaskad
