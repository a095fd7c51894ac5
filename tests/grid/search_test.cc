#include "kaskad/grid/search.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "kaskad/grid/advice.h"
#include "kaskad/grid/journal.h"
#include "tests/dataset/messages.h"
#include "tests/grid/planted_log.h"

namespace kaskad {
namespace {

// The whole space in so many rounds of refinement or, with a budget, at random.
SearchResult run(const Planted& log, int refinements, double budget = 0,
                 const std::string& directory = "", size_t max_cases = 0) {
  SearchOptions options;
  options.refinements = refinements;
  options.budget_seconds = budget;
  options.scorer.max_cases = max_cases;
  return search(log.log.data, log.split, small_space(), log.facts, options, directory);
}

std::string verdict(const Planted& log, const std::string& topic) {
  for (const Advice& piece : make_advice(run(log, 0).leaders, log.facts, {})) {
    if (piece.topic == topic) return piece.verdict;
  }
  return "(none)";
}

TEST(Search, FindsThePlantedDirection) {
  const SearchResult found = run(directed_log(), 0);
  ASSERT_EQ(found.leaders.size(), 5u * 2 * 2);
  EXPECT_EQ(found.leaders.front().variant.matrix.weighting.reverse, 0);
  EXPECT_GT(found.leaders.front().ndcg, found.leaders.back().ndcg + 0.1);
}

TEST(Search, FindsTheBagWhereOrderSaysNothing) {
  const SearchResult found = run(shuffled_log(), 0);
  EXPECT_EQ(found.leaders.front().variant.matrix.weighting.reverse, 1);
}

TEST(Search, AdvisesByThePlantedTruth) {
  EXPECT_EQ(verdict(directed_log(), "direction"), "helps");
  EXPECT_NE(verdict(shuffled_log(), "direction"), "helps");
  EXPECT_EQ(verdict(directed_log(), "recency of the history"), "helps");
  EXPECT_EQ(verdict(directed_log(), "more than counts"), "unknown");  // no EASE in the space
}

TEST(Search, SortsBestFirstAndTracesItsProgress) {
  const SearchResult found = run(directed_log(), 1);
  EXPECT_GT(found.leaders.size(), 20u);  // steps from the best were tried
  for (size_t l = 1; l < found.leaders.size(); ++l) {
    EXPECT_GE(found.leaders[l - 1].ndcg, found.leaders[l].ndcg);
  }
  ASSERT_FALSE(found.trace.empty());
  EXPECT_EQ(found.trace.back().best, found.leaders.front().ndcg);
  EXPECT_EQ(found.num_cases, found.leaders.front().case_ndcg.size());
}

TEST(Search, NamesALeaderOnAllCasesHoweverShortItsBudget) {
  for (const double budget : {1e-9, 1.0}) {  // the first is over before anything is tried
    const SearchResult found = run(directed_log(), 0, budget);
    ASSERT_FALSE(found.leaders.empty());
    EXPECT_EQ(found.leaders.front().case_ndcg.size(), found.num_cases);
  }
}

class Resumption : public testing::Test {
 protected:
  SearchResult run_here(const Planted& log = directed_log(), size_t max_cases = 0) {
    return run(log, 0, 0, directory_.path(), max_cases);
  }
  std::string lines() const { return read_file(directory_ / "variants.jsonl"); }
  void expect_same(const SearchResult& a, const SearchResult& b) {
    ASSERT_EQ(a.leaders.size(), b.leaders.size());
    for (size_t l = 0; l < a.leaders.size(); ++l) {
      EXPECT_EQ(a.leaders[l].variant, b.leaders[l].variant);
      EXPECT_EQ(a.leaders[l].case_ndcg, b.leaders[l].case_ndcg);
      EXPECT_EQ(a.leaders[l].case_hit, b.leaders[l].case_hit);
    }
  }
  TempDir directory_;
};

TEST_F(Resumption, TakesOverWhatWasFinished) {
  const SearchResult first = run_here();
  const std::string written = lines();
  const SearchResult second = run_here();
  EXPECT_EQ(first.resumed, 0u);
  EXPECT_EQ(second.resumed, 20u);
  expect_same(first, second);
  EXPECT_EQ(lines(), written);
}

TEST_F(Resumption, DropsATornLastLine) {
  const SearchResult first = run_here();
  const std::string written = lines();
  std::filesystem::resize_file(directory_ / "variants.jsonl", written.size() - 5);
  const SearchResult second = run_here();
  EXPECT_EQ(second.resumed, 19u);
  expect_same(first, second);
  EXPECT_EQ(run_here().resumed, 20u);
}

TEST_F(Resumption, DropsVariantsWhoseCasesAreTorn) {
  const SearchResult first = run_here();
  const std::string cases = directory_ / "cases.f32";
  std::filesystem::resize_file(cases, std::filesystem::file_size(cases) - 6);
  expect_same(first, run_here());
  std::filesystem::remove(cases);
  const SearchResult third = run_here();
  EXPECT_EQ(third.resumed, 0u);
  expect_same(first, third);
}

TEST_F(Resumption, RefusesAnotherGrid) {
  run_here();
  const std::string written = lines();
  for (const std::string& message : {message_of([&] { run_here(shuffled_log()); }),
                                     message_of([&] { run_here(directed_log(), 50); })}) {
    EXPECT_TRUE(contains(message, "holds another grid"));
    EXPECT_TRUE(contains(message, directed_log().split.hash));
  }
  EXPECT_EQ(lines(), written);
}

}  // namespace
}  // namespace kaskad
