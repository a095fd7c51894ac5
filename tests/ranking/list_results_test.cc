#include "kaskad/ranking/list_results.h"

#include <gtest/gtest.h>

#include "kaskad/core/file.h"
#include "tests/dataset/messages.h"
#include "tests/temp_dir.h"

namespace kaskad {
namespace {

ListResults two_lists() {
  ListResults results;
  results.lists_hash = "abc";
  results.evaluation.ranker = "bst";
  results.evaluation.seconds = 1.5;
  // Not in alphabetical order: the columns are.
  results.evaluation.metrics = {{"ndcg@10", "discounted", {0.5, 0.4, 0.6}},
                                {"mrr", "reciprocal", {0.25, 0.2, 0.3}}};
  results.evaluation.values = {0.4, 0.2, 0.6, 0.3};
  return results;
}

TEST(ListResults, WhatIsSavedIsLoaded) {
  const TempDir directory;
  save_list_results(directory / "validation", two_lists());
  const ListResults loaded = load_list_results(directory / "validation");
  EXPECT_EQ(loaded.lists_hash, "abc");
  EXPECT_EQ(loaded.evaluation.values, two_lists().evaluation.values);
  ASSERT_EQ(loaded.evaluation.metrics.size(), 2u);
  EXPECT_EQ(loaded.evaluation.metrics[0].name, "ndcg@10");
  EXPECT_EQ(loaded.evaluation.metrics[1].name, "mrr");
  EXPECT_EQ(loaded.evaluation.metrics[1].definition, "reciprocal");
  EXPECT_EQ(loaded.evaluation.metrics[1].interval.high, 0.3);
}

TEST(ListResults, DamageIsNamed) {
  const TempDir directory;
  save_list_results(directory / "x", two_lists());
  write_file(directory / "x/evaluation.json", "{\"ranker\": 1}");
  EXPECT_TRUE(
      contains(message_of([&] { load_list_results(directory / "x"); }), "x/evaluation.json"));
  EXPECT_THROW(load_list_results(directory / "none"), Error);
}

}  // namespace
}  // namespace kaskad
