#include "kaskad/retrieval/best_candidates.h"

#include <gtest/gtest.h>

#include <numeric>
#include <random>

namespace kaskad {
namespace {

// A catalogue of given scores, one query.
struct Scored {
  std::vector<float> scores;
  mutable size_t scans = 0;  // blocks that were scored

  Candidates find(size_t wanted, const ItemFilter* filter = nullptr) const {
    Candidates found;
    const ItemFilter* filters[] = {filter};
    find_candidates(
        scores.size(), scores.data(), kScanBlock * sizeof(float),
        filter ? std::span<const ItemFilter* const>(filters) : std::span<const ItemFilter* const>(),
        wanted, {&found, 1},
        [&](size_t block, size_t, size_t, const float* thresholds, BlockScores& out) {
          ++scans;
          out.above[0] = 0;
          for (size_t j = 0; j < kScanBlock; ++j) {
            const size_t item = block * kScanBlock + j;
            out.scores[j] = item < scores.size() ? scores[item] : 0;
            out.above[0] |= uint64_t{out.scores[j] > thresholds[0]} << j;
          }
        });
    return found;
  }
};

std::vector<float> drawn(size_t count) {
  std::mt19937 random(1);
  std::vector<float> scores(count);
  for (float& score : scores) score = static_cast<float>(random() % 1'000'000);
  return scores;
}

// At least `wanted` of those allowed, none twice, and nothing that was left out is above what the
// list says or above anything in the list.
void expect_best(const Scored& catalogue, size_t wanted, const ItemFilter* filter = nullptr) {
  const Candidates found = catalogue.find(wanted, filter);
  std::vector<bool> listed(catalogue.scores.size());
  float least = std::numeric_limits<float>::infinity();
  for (const Candidate& one : found.list()) {
    ASSERT_EQ(one.score, catalogue.scores[one.item]);
    ASSERT_FALSE(listed[one.item]);
    listed[one.item] = true;
    least = std::min(least, one.score);
  }
  size_t allowed = 0;
  for (uint32_t item = 0; item < listed.size(); ++item) {
    const bool may = filter == nullptr || filter->allows(ItemId{item});
    allowed += may;
    ASSERT_TRUE(may || !listed[item]);
    if (!may || listed[item]) continue;
    ASSERT_LE(catalogue.scores[item], found.threshold());
    ASSERT_LE(catalogue.scores[item], least);
  }
  EXPECT_GE(found.list().size(), std::min(wanted, allowed));
  EXPECT_LE(found.list().size(), 2 * wanted);
}

TEST(FindCandidates, HasTheBestOfShortAndLongCataloguesAndLists) {
  for (const size_t num_items : {0u, 1u, 100u, 1000u, 20'000u}) {
    for (const size_t wanted : {1u, 40u, 100u, 1000u, 3000u}) {
      SCOPED_TRACE(testing::Message() << num_items << " items, " << wanted << " wanted");
      expect_best({drawn(num_items)}, wanted);
    }
  }
}

TEST(FindCandidates, IsCompleteWhereNothingIsLeftOut) {
  EXPECT_TRUE(Scored{drawn(100)}.find(200).complete());
  EXPECT_FALSE(Scored{drawn(20'000)}.find(100).complete());
}

TEST(FindCandidates, ScansASixteenthAndThenOnceWhereScoresLieAnywhere) {
  const Scored catalogue{drawn(64 * 320)};
  catalogue.find(500);
  EXPECT_EQ(catalogue.scans, 20u + 320u);
}

TEST(FindCandidates, HasThemAllTheSameWhereTheSampleIsWrong) {
  Scored catalogue{std::vector<float>(20'000)};
  std::iota(catalogue.scores.begin(), catalogue.scores.end(), 0.0F);
  expect_best(catalogue, 200);  // rising: the best lie in four blocks
  std::reverse(catalogue.scores.begin(), catalogue.scores.end());
  expect_best(catalogue, 200);  // falling: the first block is of the sample
  std::fill(catalogue.scores.begin(), catalogue.scores.end(), 5.0F);
  expect_best(catalogue, 200);  // equal: none is above the threshold
  for (size_t item = 0; item < 64; ++item) catalogue.scores[item] = 6;
  expect_best(catalogue, 200);  // only the sample has better ones
}

TEST(FindCandidates, CountsWhatTheFilterLetsThroughAlone) {
  const Scored catalogue{drawn(20'000)};
  ItemFilter filter(20'000);
  Query query;
  std::vector<ItemId> listed;
  for (uint32_t item = 0; item < 20'000; item += 3) listed.push_back(ItemId{item});
  query.exclude = listed;
  filter.set(query);
  expect_best(catalogue, 300, &filter);
  query = {};
  query.allow = listed;
  filter.set(query);
  expect_best(catalogue, 300, &filter);
  query.allow = std::span(listed).first(150);  // fewer than are wanted
  filter.set(query);
  expect_best(catalogue, 300, &filter);
  EXPECT_TRUE(catalogue.find(300, &filter).complete());
}

}  // namespace
}  // namespace kaskad
