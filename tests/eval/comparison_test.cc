#include "kaskad/eval/comparison.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "kaskad/core/error.h"
#include "kaskad/core/file.h"
#include "kaskad/eval/run_directories.h"
#include "tests/dataset/make_dataset.h"
#include "tests/dataset/messages.h"

namespace kaskad {
namespace {

// An evaluation of one metric with these values of users 0, 1, ...
Evaluation scored(const std::string& model, const std::vector<double>& values,
                  const std::string& split_hash = "5b1f") {
  Evaluation evaluation;
  evaluation.model = model;
  evaluation.phase = "test";
  evaluation.split = "leave-one-out";
  evaluation.split_hash = split_hash;
  evaluation.dataset_hash = "da7a";
  for (uint32_t user = 0; user < values.size(); ++user) evaluation.users.push_back(UserId{user});
  evaluation.value_columns = {"ndcg@10"};
  evaluation.values = values;
  evaluation.metrics = {{"ndcg@10", "the definition", mean_interval(values), true}};
  return evaluation;
}

ComparedRun run(const std::string& name, const std::vector<double>& values, double micros = -1) {
  ComparedRun result{name, "runs/" + name + "/test", scored(name, values), {}, {}};
  result.cost.score_microseconds = micros;
  return result;
}

// n users: `hits` of them have 1, the others 0.
std::vector<double> hits(size_t n, size_t hits) {
  std::vector<double> values(n, 0.0);
  std::fill_n(values.begin(), hits, 1.0);
  return values;
}

TEST(CompareRuns, SortsBestFirstAndPairsByUser) {
  const Comparison found =
      compare_runs({run("weak", hits(400, 100)), run("strong", hits(400, 200))}, "ndcg@10");
  ASSERT_EQ(found.rows.size(), 2u);
  EXPECT_EQ(found.rows[0].run.name, "strong");
  EXPECT_DOUBLE_EQ(found.rows[1].to_best.difference.value, 100.0 / 400 - 200.0 / 400);
  EXPECT_FALSE(found.rows[1].may_equal_best);
  EXPECT_TRUE(contains(found.verdict, "strong has the highest ndcg@10, 0.5000"));
  EXPECT_TRUE(contains(found.verdict, "the next, weak, is 0.2500 below it"));
}

TEST(CompareRuns, SaysWhatCannotBeToldApartAndWhatIsCheaper) {
  std::vector<double> almost = hits(400, 200);
  almost[0] = 0;  // one user's hit moved to another, and one more
  almost[300] = almost[301] = 1;
  const Comparison found =
      compare_runs({run("matrix", hits(400, 200), 50), run("neural", almost, 200)}, "ndcg@10");
  EXPECT_EQ(found.rows[0].run.name, "neural");
  EXPECT_TRUE(found.rows[1].may_equal_best);
  EXPECT_TRUE(contains(found.verdict, "cannot be told apart from matrix"));
  EXPECT_TRUE(contains(found.verdict, "4.0 times less than neural"));  // 200 / 50
}

TEST(CompareRuns, NamesWhatPopularityReaches) {
  const Comparison found =
      compare_runs({run("popularity", hits(400, 20)), run("strong", hits(400, 200))}, "ndcg@10");
  EXPECT_TRUE(contains(found.verdict, "The unpersonal popularity reaches 0.0500"));  // 20 / 400
}

TEST(CompareRuns, RefusesOtherSplitsNamingTheHashes) {
  ComparedRun other = run("other", hits(4, 1));
  other.evaluation.split_hash = "90aa";
  const std::string message =
      message_of([&] { compare_runs({run("one", hits(4, 2)), other}, "ndcg@10"); });
  EXPECT_TRUE(contains(message, "other: leave-one-out, test, split hash 90aa, 4 cases"));
  EXPECT_TRUE(contains(message, "one: leave-one-out, test, split hash 5b1f"));
}

TEST(CompareRuns, RefusesTwoRunsOfOneName) {
  const std::string message = message_of(
      [] { compare_runs({run("twin", hits(4, 2)), run("twin", hits(4, 1))}, "ndcg@10"); });
  EXPECT_TRUE(contains(message, "two runs are called 'twin'"));
}

TEST(CompareRuns, JsonCarriesFiguresDifferencesAndKnownCosts) {
  const auto json = to_json(
      compare_runs({run("strong", hits(400, 200), 50), run("weak", hits(400, 100))}, "ndcg@10"));
  EXPECT_EQ(json["runs"][0]["name"], "strong");
  EXPECT_EQ(json["runs"][0]["score_microseconds"], 50);
  EXPECT_FALSE(json["runs"][1].contains("score_microseconds"));
  EXPECT_EQ(json["runs"][1]["difference_to_best"]["value"], -0.25);
  EXPECT_EQ(json["metric_definitions"]["ndcg@10"], "the definition");
}

class RunDirectories : public testing::Test {
 protected:
  void save(const std::string& where, const std::string& model, size_t found) {
    std::filesystem::create_directories(std::filesystem::path(directory_ / where).parent_path());
    save_evaluation(directory_ / where, scored(model, hits(10, found)));
  }
  std::vector<std::string> names(const FoundRuns& found) const {
    std::vector<std::string> result;
    for (const ComparedRun& run : found.runs) result.push_back(run.name);
    return result;
  }
  TempDir directory_;
};

TEST_F(RunDirectories, FindsGridsTrainingsTheirBaselinesOnceAndSavedEvaluations) {
  save("grid/test", "cooc", 5);
  save("grid/baselines/popularity", "popularity", 1);
  save("sasrec/test", "neural", 6);
  save("sasrec/baselines/popularity", "popularity", 1);
  save("eval/20261124T2000-1", "lists of somebody", 2);
  write_file(directory_ / "grid/grid.json", R"({"seconds": 90.5, "peak_memory_bytes": 1000})");
  write_file(directory_ / "sasrec/result.json", R"({"train_seconds": 60.5})");
  write_file(directory_ / "results.jsonl", "{}\n");
  const FoundRuns found = find_runs({directory_ / "grid", directory_ / "sasrec",
                                     directory_ / "eval", directory_ / "results.jsonl"});
  EXPECT_EQ(names(found),
            (std::vector<std::string>{"grid", "popularity", "sasrec", "lists of somebody"}));
  EXPECT_EQ(found.runs[0].cost.fit_seconds, 90.5);
  EXPECT_EQ(found.runs[0].cost.peak_memory, 1000);
  EXPECT_EQ(found.runs[2].cost.fit_seconds, 60.5);
  EXPECT_EQ(found.skipped, std::vector<std::string>{directory_ / "results.jsonl"});
}

TEST_F(RunDirectories, TakesANameInFrontOfThePath) {
  save("grid/test", "cooc", 5);
  EXPECT_EQ(names(find_runs({"matrix=" + (directory_ / "grid")})),
            std::vector<std::string>{"matrix"});
}

TEST_F(RunDirectories, RefusesWhatDoesNotExistOrHoldsNothing) {
  EXPECT_TRUE(contains(message_of([&] { find_runs({directory_ / "none"}); }), "does not exist"));
  EXPECT_TRUE(contains(message_of([&] { find_runs({directory_ / "."}); }), "found no evaluation"));
}

}  // namespace
}  // namespace kaskad
