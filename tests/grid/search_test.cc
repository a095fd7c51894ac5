#include "kaskad/grid/search.h"

#include <gtest/gtest.h>

#include <algorithm>
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

// Steps beyond the space, twice.
class RefinedResumption : public Resumption {
 protected:
  SearchResult refine_here() { return run(directed_log(), 2, 0, directory_.path()); }
};

TEST_F(RefinedResumption, AFinishedRunGivesItsResultAgain) {
  const SearchResult first = refine_here();
  EXPECT_FALSE(first.finished);
  ASSERT_GT(first.leaders.size(), 20u);
  const std::string written = lines();
  const SearchResult second = refine_here();
  EXPECT_TRUE(second.finished);
  EXPECT_EQ(second.resumed, first.leaders.size());
  EXPECT_EQ(second.centre, first.centre);
  expect_same(first, second);
  EXPECT_EQ(lines(), written);
}

TEST_F(RefinedResumption, AStoppedRunEndsWhereItWouldHaveEnded) {
  const SearchResult whole = run(directed_log(), 2);
  refine_here();
  // Stopped after 30 variants: within the first round of steps.
  std::string kept = lines();
  size_t end = 0;
  for (int line = 0; line < 31; ++line) end = kept.find('\n', end) + 1;
  std::filesystem::resize_file(directory_ / "variants.jsonl", end);
  const SearchResult continued = refine_here();
  EXPECT_EQ(continued.resumed, 30u);
  EXPECT_FALSE(continued.finished);
  EXPECT_EQ(continued.centre, whole.centre);
  expect_same(whole, continued);
}

TEST_F(RefinedResumption, AnotherSpaceTakesOnlyWhatItAsksFor) {
  refine_here();
  const SearchResult unrefined = run_here();
  EXPECT_EQ(unrefined.leaders.size(), 20u);
  EXPECT_TRUE(unrefined.finished);
}

TEST_F(Resumption, ARandomSearchGoesOnUntilItsBudgetIsSpent) {
  const auto for_seconds = [&](double budget) {
    return run(directed_log(), 1, budget, directory_.path());
  };
  const SearchResult first = for_seconds(1e-9);
  const std::string written = lines();
  const SearchResult again = for_seconds(1e-9);
  EXPECT_TRUE(again.finished);
  EXPECT_EQ(again.centre, first.centre);
  expect_same(first, again);
  EXPECT_EQ(lines(), written);
  const SearchResult longer = for_seconds(2e-9);
  EXPECT_EQ(longer.resumed, first.leaders.size());
  EXPECT_NE(lines(), written);  // it was spent too, which is written
}

TEST(Search, ABudgetBoundsTheStepsToo) {
  // Over after the first variant on all cases, with rounds enough for hundreds.
  const SearchResult found = run(directed_log(), 50, 1e-9);
  EXPECT_EQ(found.leaders.size(), 1u);
}

TEST(Search, WithoutRefinementsNothingLeavesTheSpace) {
  const std::vector<Variant> space = variants_of(small_space());
  for (const VariantScore& score : run(directed_log(), 0).leaders) {
    EXPECT_NE(std::find(space.begin(), space.end(), score.variant), space.end());
  }
}

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

TEST_F(Resumption, SaysWhatIsWrongWithADamagedJournal) {
  write_file(directory_ / "variants.jsonl", "");  // stopped before anything was written
  const SearchResult first = run_here();
  EXPECT_EQ(first.leaders.size(), 20u);
  std::string damaged = lines();
  const size_t second = damaged.find('\n') + 1;
  damaged.insert(second, "{\"variant\": {}}\n");
  write_file(directory_ / "variants.jsonl", damaged);
  const std::string message = message_of([&] { run_here(); });
  EXPECT_TRUE(contains(message, "line 2 is damaged")) << message;
  EXPECT_TRUE(contains(message, "--fresh starts over")) << message;
}

// The same log and split, other features: scores with content would be of another matrix.
TEST_F(Resumption, RefusesOtherItemFeatures) {
  const auto with_features = [&](const std::string& name) {
    CategoricalColumn column{"group", {name, "other"}, {0}, {}};
    for (size_t i = 0; i < kGroups * kGroupSize; ++i) {
      column.codes.push_back(i % 2);
      column.offsets.push_back(i + 1);
    }
    DatasetContents contents{.time_kind = TimeKind::kClock};
    contents.item_features.categorical = {column};
    const TestDataset log(planted_rows(true, 250), contents);
    const Split split = make_split(log.data, SplitOptions::parse("leave-one-out"));
    SearchOptions options;
    options.refinements = 0;
    search(log.data, split, small_space(), facts_of(log.data), options, directory_.path());
    return std::pair(log.data.hash(), split.hash);
  };
  const auto first = with_features("red");
  EXPECT_EQ(with_features("red"), first);
  EXPECT_TRUE(contains(message_of([&] { with_features("blue"); }), "holds another grid"));
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
