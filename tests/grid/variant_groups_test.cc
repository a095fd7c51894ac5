#include "kaskad/grid/variant_groups.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "kaskad/grid/space.h"
#include "kaskad/kernels/pair_accumulator.h"
#include "tests/grid/log_facts.h"
#include "tests/grid/planted_log.h"

namespace kaskad {
namespace {

LanesThatFit lanes(size_t count, uint32_t columns = 0) {
  return [=](const PairWeighting&, uint32_t* max_columns) {
    *max_columns = columns;
    return count;
  };
}

size_t size_of(const std::vector<VariantGroup>& groups) {
  size_t variants = 0;
  for (const VariantGroup& group : groups) {
    for (const auto& [matrix, users] : group.matrices) variants += users.size();
  }
  return variants;
}

TEST(VariantGroups, HoldEveryVariantOnceWithItsMatrixAndItsWeighting) {
  const auto variants = variants_of(default_space(kRich));
  for (const size_t count : {1u, 5u, 16u}) {
    const auto groups = group_variants(variants, lanes(count));
    EXPECT_EQ(size_of(groups), variants.size());
    for (const VariantGroup& group : groups) {
      EXPECT_LE(group.weightings.size(), count);
      for (const auto& [matrix, users] : group.matrices) {
        for (const Variant& variant : users) EXPECT_EQ(variant.matrix, matrix);
        if (group.weightings.empty()) continue;
        EXPECT_NE(std::find(group.weightings.begin(), group.weightings.end(), matrix.weighting),
                  group.weightings.end());
      }
    }
  }
}

TEST(VariantGroups, WalkThePairsOnceForAsManyWeightingsAsFit) {
  std::vector<Variant> variants;
  for (uint32_t window = 1; window <= 20; ++window) {
    variants.push_back(variant_of({.window = window}));
    variants.push_back(variant_of({.window = window}, {}, {.position = PositionDecay::kUniform}));
  }
  const auto groups = group_variants(variants, lanes(kLanes));
  ASSERT_EQ(groups.size(), 2u);
  EXPECT_EQ(groups[0].weightings.size(), kLanes);
  EXPECT_EQ(groups[1].weightings.size(), 4u);
  EXPECT_EQ(groups[0].matrices[0].second.size(), 2u);  // two histories of one matrix
  EXPECT_EQ(groups[1].weightings.back().window, 20u);  // those of like reach together
}

TEST(VariantGroups, ShareNoPassWhereHistoriesAreCutDifferently) {
  const std::vector<Variant> variants = {variant_of({.max_history = 50}), variant_of({}),
                                         variant_of({.window = 3, .max_history = 50})};
  const auto groups = group_variants(variants, lanes(kLanes, 77));
  ASSERT_EQ(groups.size(), 2u);
  EXPECT_EQ(groups[0].weightings, std::vector<PairWeighting>{{}});
  EXPECT_EQ(groups[1].weightings.size(), 2u);
  EXPECT_EQ(groups[0].max_columns, 77u);
}

TEST(HistorySets, KeepOneWayToCombineAndLongHistoriesApart) {
  std::vector<Variant> variants;
  for (const Combine combine : {Combine::kSum, Combine::kMax}) {
    for (const uint32_t last : {0u, 1u, 2u, 3u, 4u, 5u, 6u, 7u, 8u}) {
      variants.push_back(variant_of({}, {}, {.last = last, .combine = combine}));
    }
  }
  const auto sets = history_sets(variants);
  size_t members = 0;
  for (const auto& set : sets) {
    members += set.size();
    for (const size_t v : set) {
      EXPECT_EQ(variants[v].history.combine, variants[set[0]].history.combine);
    }
  }
  EXPECT_EQ(members, variants.size());
  ASSERT_EQ(sets.size(), 4u);
  EXPECT_EQ(sets[1], std::vector<size_t>{0});  // the whole history alone, behind eight short ones
}

}  // namespace
}  // namespace kaskad
