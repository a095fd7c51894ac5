#include "kaskad/ranking/list_comparison.h"

#include <gtest/gtest.h>

namespace kaskad {
namespace {

// A ranker with these values of NDCG@10, list by list; the other metrics are 0.
ListEvaluation evaluation(const std::string& name, const std::vector<double>& ndcg) {
  ListEvaluation made;
  made.ranker = name;
  for (const double value : ndcg) made.values.insert(made.values.end(), {value, 0, 0, 0, 0, 0, 0});
  const auto intervals = mean_intervals(made.values, 7);
  for (const Interval& interval : intervals)
    made.metrics.push_back({"ndcg@10", "", interval, true});
  return made;
}

std::vector<double> repeated(double value, size_t count) { return std::vector(count, value); }

TEST(ListComparison, TheBestIsFoundWhereverItStands) {
  const auto found =
      compare_lists({evaluation("trees", repeated(0.4, 50)), evaluation("bst", repeated(0.6, 50)),
                     evaluation("retrieval order", repeated(0.3, 50))},
                    {});
  EXPECT_EQ(found.best, 1U);
  EXPECT_NEAR(found.to_best[0].difference.value, 0.4 - 0.6, 1e-12);
  EXPECT_EQ(found.may_equal_best, (std::vector<bool>{false, true, false}));
  EXPECT_TRUE(found.verdict.starts_with("bst has the highest ndcg@10, 0.6000"));
  EXPECT_NE(found.verdict.find("the next, trees, is 0.2000 below"), std::string::npos);
  EXPECT_NE(found.verdict.find("The order of retrieval reaches 0.3000."), std::string::npos);
}

TEST(ListComparison, WhatCannotBeToldApartIsSaid) {
  std::vector<double> a, b;
  for (int i = 0; i < 40; ++i) {
    a.push_back(i % 2 == 0 ? 0.9 : 0.1);
    b.push_back(i % 2 == 0 ? 0.1 : 0.8);
  }
  const auto found = compare_lists({evaluation("a", a), evaluation("b", b)}, {});
  EXPECT_EQ(found.best, 0U);
  EXPECT_TRUE(found.may_equal_best[1]);
  EXPECT_NE(found.verdict.find("cannot be told apart from b"), std::string::npos) << found.verdict;
}

TEST(ListComparison, OneAloneIsNotCompared) {
  const auto found = compare_lists({evaluation("only", {0.5, 0.5})}, {});
  EXPECT_TRUE(found.verdict.ends_with("(95% interval 0.5000 to 0.5000).")) << found.verdict;
}

}  // namespace
}  // namespace kaskad
