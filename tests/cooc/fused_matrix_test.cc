#include "kaskad/cooc/fused_matrix.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "kaskad/cooc/bag_rows.h"
#include "kaskad/cooc/bit_rows.h"
#include "tests/cooc/cooc_log.h"

namespace kaskad {
namespace {

constexpr uint32_t kEverything = 1000;  // more than any row has

// Histories of distinct items; few users have many. `spread` > 1 leaves most cells empty.
Sequences distinct_items(size_t users, size_t longest, size_t items, size_t spread, uint32_t seed) {
  std::mt19937 random(seed);
  Sequences s;
  s.num_items = items;
  s.user_begin = {0};
  std::vector<uint32_t> shelf(items);
  std::iota(shelf.begin(), shelf.end(), 0u);
  for (size_t u = 0; u < users; ++u) {
    const size_t length = std::min(items, 1 + random() % (1 + random() % longest) / spread);
    for (size_t e = 0; e < length; ++e) std::swap(shelf[e], shelf[e + random() % (items - e)]);
    s.item.insert(s.item.end(), shelf.begin(), shelf.begin() + static_cast<ptrdiff_t>(length));
    s.user_begin.push_back(s.item.size());
  }
  s.index_items();
  return s;
}

// What count_pairs and build_item_matrix make of it.
Square reference(const Sequences& s, const PairWeighting& weighting, Normalisation normalisation) {
  normalisation.top_k = 0;
  const PairCounts counts = count_pairs(s, std::span(&weighting, 1), {});
  return dense(build_item_matrix(counts, 0, normalisation, {}, 1).view());
}

double kth_largest(std::vector<double> row, size_t k) {
  if (row.size() <= k) return 0;
  std::nth_element(row.begin(), row.begin() + static_cast<ptrdiff_t>(k) - 1, row.end(),
                   std::greater<>());
  return row[k - 1];
}

// Each row has the k best of the reference, best first; those equal to the last may differ.
void expect_best(const ItemMatrix& matrix, const Square& all, size_t k) {
  const MatrixView view = matrix.view();
  ASSERT_EQ(view.num_items(), all.size());
  for (size_t i = 0; i < all.size(); ++i) {
    const auto columns = view.row_columns(i);
    const auto values = view.row_values(i);
    EXPECT_TRUE(std::is_sorted(values.begin(), values.end(), std::greater<>())) << i;
    const double last = kth_largest(all[i], k);
    const auto positive = [&](double x) { return x > 0; };
    EXPECT_EQ(columns.size(),
              std::min<size_t>(k, std::count_if(all[i].begin(), all[i].end(), positive)));
    std::vector<bool> found(all.size(), false);
    for (size_t c = 0; c < columns.size(); ++c) {
      EXPECT_FALSE(found[columns[c]]);
      found[columns[c]] = true;
      EXPECT_NEAR(values[c], all[i][columns[c]], 1e-5 * all[i][columns[c]]) << i << " " << c;
    }
    for (size_t j = 0; j < all.size(); ++j) {
      if (all[i][j] > 1.00001 * last) {
        EXPECT_TRUE(found[j]) << i << " to " << j;
      }
    }
  }
}

void expect_equal(const ItemMatrix& a, const ItemMatrix& b) {
  EXPECT_EQ(a.row_begin, b.row_begin);
  EXPECT_EQ(a.columns, b.columns);
  EXPECT_EQ(a.values, b.values);
}

std::vector<Normalisation> normalisations(uint32_t k) {
  std::vector<Normalisation> all;
  for (const NormKind kind :
       {NormKind::kRaw, NormKind::kRow, NormKind::kCosine, NormKind::kJaccard, NormKind::kDice,
        NormKind::kLift, NormKind::kPmi, NormKind::kTfIdf, NormKind::kBm25}) {
    all.push_back({.kind = kind, .top_k = k});
  }
  all.push_back({.kind = NormKind::kCosine, .alpha = 0.3, .target_power = 0.4, .top_k = k});
  all.push_back({.kind = NormKind::kCosine, .target_power = -1, .top_k = k});
  all.push_back({.kind = NormKind::kCosine, .shrinkage = 2, .top_k = k});
  return all;
}

void expect_reference(const Sequences& s, const PairWeighting& weighting) {
  SCOPED_TRACE(weighting.name());
  for (const uint32_t k : {1u, 7u, kEverything}) {
    for (const Normalisation& normalisation : normalisations(k)) {
      SCOPED_TRACE(normalisation.name());
      const ItemMatrix one = fused_matrix(s, weighting, normalisation, 1);
      expect_best(one, reference(s, weighting, normalisation), k);
      expect_equal(fused_matrix(s, weighting, normalisation, 3), one);
    }
  }
}

const PairWeighting kBothWays{.reverse = 1};

TEST(FusedMatrix, OfADenseBagEqualsTheReference) {
  const Sequences s = distinct_items(300, 60, 90, 1, 1);
  ASSERT_TRUE(bits_are_cheaper(s));
  expect_reference(s, kBothWays);
}

TEST(FusedMatrix, OfASparseBagEqualsTheReference) {
  const Sequences s = distinct_items(700, 200, 600, 10, 2);
  ASSERT_FALSE(bits_are_cheaper(s));
  for (const Normalisation& normalisation : normalisations(5)) {
    SCOPED_TRACE(normalisation.name());
    const ItemMatrix one = fused_matrix(s, kBothWays, normalisation, 1);
    expect_best(one, reference(s, kBothWays, normalisation), 5);
    expect_equal(fused_matrix(s, kBothWays, normalisation, 2), one);
  }
}

TEST(FusedMatrix, OfABagWithRepeatsEqualsTheReference) {
  const TestDataset log(random_rows(60, 40, 70, 1));
  expect_reference(all_sequences(log.data), kBothWays);
}

TEST(FusedMatrix, WhereUsersDifferEqualsTheReference) {
  const Sequences s = distinct_items(200, 40, 70, 1, 3);
  expect_reference(s, {.reverse = 1, .user = UserWeight::kInverse});
  expect_reference(s, {.reverse = 1, .user = UserWeight::kIdf});
}

TEST(FusedMatrix, WhereOrderMattersEqualsTheReference) {
  const TestDataset log(random_rows(60, 12, 70, 1));
  const Sequences s = all_sequences(log.data);
  expect_reference(s, {});
  expect_reference(s, {.reverse = 0.3, .window = 3, .gap = GapDecay::kInverse});
  expect_reference(s, {.reverse = 1, .window = 5, .user = UserWeight::kInverseLog});
}

TEST(FusedMatrix, OfABagNeedsTheHistoriesAlone) {
  const TestDataset log(random_rows(60, 12, 70, 1));
  const Phase all = whole_log(log.data);
  const Sequences part =
      Sequences::build(log.data, all.fit_end, all.horizon, 0, SequenceParts::kHistories);
  const Normalisation cosine{.kind = NormKind::kCosine, .top_k = 9};
  expect_equal(fused_matrix(part, kBothWays, cosine, 1),
               fused_matrix(all_sequences(log.data), kBothWays, cosine, 1));
}

TEST(FusedMatrix, ByHandWithTiesInOrderOfPopularity) {
  // Items 0 1 2 occur 2, 3, 2 times; 0-1 twice, 1-2 twice, 0-2 once.
  Sequences s;
  s.num_items = 3;
  s.user_begin = {0, 2, 5, 7};
  s.item = {0, 1, 0, 1, 2, 1, 2};
  const ItemMatrix matrix = fused_matrix(s, kBothWays, {.kind = NormKind::kRaw, .top_k = 2}, 1);
  EXPECT_EQ(matrix.row_begin, (std::vector<uint64_t>{0, 2, 4, 6}));
  EXPECT_EQ(matrix.columns, (std::vector<uint32_t>{1, 2, 0, 2, 1, 0}));
  EXPECT_EQ(matrix.values, (std::vector<float>{2, 1, 2, 2, 2, 1}));
}

TEST(FusedMatrix, OfAnEmptyLogIsEmpty) {
  Sequences s;
  s.num_items = 3;
  s.user_begin = {0, 0};
  const ItemMatrix matrix = fused_matrix(s, kBothWays, {.kind = NormKind::kCosine, .top_k = 2}, 2);
  EXPECT_EQ(matrix.row_begin, (std::vector<uint64_t>{0, 0, 0, 0}));
  EXPECT_TRUE(matrix.columns.empty());
}

// A matrix of raw counts by one way of counting, whichever fused_matrix would choose.
ItemMatrix by_histories(const Sequences& s) {
  const auto counts = count_occurrences(s.item, s.num_items, 1);
  const PopularityOrder order = PopularityOrder::of(counts);
  const std::vector<float> occurrences(counts.begin(), counts.end());
  RowCutter cutter({.kind = NormKind::kRaw, .top_k = kEverything}, order, occurrences,
                   s.num_users(), 1);
  count_bag_rows(BagEvents::build(s, order, 1), {}, cutter, 1);
  return cutter.finish();
}

// The same by bits, in slabs of as many rows as fit into `count_bytes`.
ItemMatrix by_bits(const Sequences& s, size_t count_bytes, int threads) {
  const auto counts = count_occurrences(s.item, s.num_items, 1);
  const PopularityOrder order = PopularityOrder::of(counts);
  const std::vector<float> occurrences(counts.begin(), counts.end());
  RowCutter cutter({.kind = NormKind::kRaw, .top_k = kEverything}, order, occurrences,
                   s.num_users(), 1);
  EXPECT_TRUE(count_bit_rows(s, order, cutter, threads, count_bytes));
  return cutter.finish();
}

TEST(CountBitRows, EqualBagRowsInOneSlabOrInMany) {
  const Sequences s = distinct_items(300, 60, 90, 1, 4);  // 90 rows: 32 + 32 + 26
  for (const size_t count_bytes : {size_t{0}, size_t{64 * 128 * 2}, size_t{1} << 20}) {
    for (const int threads : {1, 3}) {
      expect_equal(by_bits(s, count_bytes, threads), by_histories(s));
    }
  }
}

TEST(CountBagRows, CountBeyondEachIntegerThatIsTooSmall) {
  // `both` users have items 0 and 1, one more has 1 and 2.
  for (const uint32_t both : {255u, 256u, 65'535u, 65'536u, 70'000u}) {
    Sequences s;
    s.num_items = 3;
    s.user_begin = {0};
    for (uint32_t u = 0; u < both; ++u) {
      s.item.insert(s.item.end(), {0, 1});
      s.user_begin.push_back(s.item.size());
    }
    s.item.insert(s.item.end(), {1, 2});
    s.user_begin.push_back(s.item.size());
    const Square m = dense(by_histories(s).view());
    EXPECT_EQ(m, (Square{{0, both * 1.0, 0}, {both * 1.0, 0, 1}, {0, 1, 0}}));
  }
}

TEST(CountBagRows, CountRepeatsBeyondTheNumberOfEvents) {
  // One user has item 0 and item 1 300 times each: 90000 pairs of 300 occurrences.
  Sequences s;
  s.num_items = 2;
  s.user_begin = {0, 600};
  for (int e = 0; e < 300; ++e) s.item.insert(s.item.end(), {0, 1});
  EXPECT_EQ(dense(by_histories(s).view()), (Square{{0, 90'000}, {90'000, 0}}));
}

TEST(CountBitRows, RefuseAHistoryWithRepeats) {
  Sequences s;
  s.num_items = 2;
  s.user_begin = {0, 3};
  s.item = {0, 1, 0};
  const std::vector<uint32_t> counts = {2, 1};
  const PopularityOrder order = PopularityOrder::of(counts);
  const std::vector<float> occurrences = {2, 1};
  RowCutter cutter({.kind = NormKind::kRaw, .top_k = 1}, order, occurrences, 1, 1);
  EXPECT_FALSE(count_bit_rows(s, order, cutter, 2));
}

}  // namespace
}  // namespace kaskad
