#include "kaskad/report/ranker_page.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "contains.h"
#include "kaskad/core/error.h"

namespace kaskad {
namespace {

using nlohmann::json;

json ranked_sample() {
  return json::parse(R"({
    "command_line": "kaskad eval-ranker ml1m lists", "time": "2026-01-01T00:00:00Z",
    "kaskad": "0.1", "metric": "ndcg@10", "part": "test", "split": "global-time:0.1",
    "split_hash": "90aa17c2", "dataset_hash": "5b1f0c9a", "impressions_hash": "77",
    "verdict": "bst has the highest ndcg@10, 0.5210.",
    "facts": {"lists": 100, "asked": 90, "candidates": 9000, "relevant": 90, "retrieved": 45},
    "rankers": [
      {"ranker": "trees <b>", "may_equal_best": false,
       "metrics": {"ndcg@10": {"value": 0.4711, "low": 0.46, "high": 0.48}},
       "definitions": {"ndcg@10": "discounted by log2"},
       "to_best": {"value": -0.05, "low": -0.06, "high": -0.04},
       "importance": [{"head": "click", "features": [{"feature": "retrieval_rank", "gain": 30},
                                                     {"feature": "price", "gain": 10}]}],
       "curves": [{"head": "click", "unit": "trees", "points": [[1, 0.3], [2, 0.4]]}],
       "calibration": [{"head": "click", "method": "isotonic", "ece": 0.0123, "brier": 0.03,
                        "brier_of_base_rate": 0.05, "bins": [
                          {"predicted": 0.1, "observed": 0.2, "count": 45},
                          {"predicted": 0.3, "observed": 0.25, "count": 45}]}]},
      {"ranker": "bst", "may_equal_best": true,
       "metrics": {"ndcg@10": {"value": 0.521, "low": 0.51, "high": 0.53}},
       "to_best": {"value": 0, "low": 0, "high": 0},
       "heads": [{"head": "click", "asked": 1234, "own": {"ndcg@10": {"value": 0.4321}},
                  "final": {"ndcg@10": {"value": 0.4123}}}],
       "curves": [{"head": "", "unit": "epoch", "points": [[1, 0.2], [2, 0.5]]}]}],
    "latency": [
      {"ranker": "bst", "history": 100, "candidates": 100, "p50_ms": 4.25, "p99_ms": 6},
      {"ranker": "bst", "history": 100, "candidates": 3000, "p50_ms": 120, "p99_ms": 140},
      {"ranker": "trees <b>", "history": 100, "candidates": 100, "p50_ms": 0.5, "p99_ms": 1}]})");
}

TEST(RankerPage, FirstScreenSaysWhoIsInFrontAndTheVerdict) {
  const std::string page = ranker_page(ranked_sample());
  EXPECT_TRUE(contains(page, "bst is in front"));
  EXPECT_TRUE(contains(page, "bst has the highest ndcg@10, 0.5210."));
  EXPECT_TRUE(contains(page, "worse"));
  json close = ranked_sample();
  close["rankers"][0]["may_equal_best"] = true;
  EXPECT_TRUE(contains(ranker_page(close), "may be as good"));
  EXPECT_TRUE(contains(page, "50%"));  // 45 of 90 answers are among the candidates
}

TEST(RankerPage, ShowsFeaturesCurvesProbabilitiesAndTimes) {
  const std::string page = ranker_page(ranked_sample());
  EXPECT_TRUE(contains(page, "retrieval_rank"));
  EXPECT_TRUE(contains(page, "75%"));  // 30 of 30 + 10
  EXPECT_TRUE(contains(page, "Expected calibration error 0.0123 over 2 bins of equal mass"));
  EXPECT_TRUE(contains(page, "class=\"line reference\""));
  EXPECT_TRUE(contains(page, "bst, 3,000 candidates, history 100"));
  EXPECT_TRUE(contains(page, "4.25"));
  EXPECT_TRUE(contains(page, "epoch"));
  EXPECT_TRUE(contains(page, "discounted by log2"));
}

TEST(RankerPage, ShowsEachHeadByItsOwnAndTheFinalScore) {
  const std::string page = ranker_page(ranked_sample());
  for (const char* part : {"Head by head", "1,234", "0.4321", "0.4123"}) {
    EXPECT_TRUE(contains(page, part)) << part;
  }
}

TEST(RankerPage, NamesOfRankersAreEscaped) {
  const std::string page = ranker_page(ranked_sample());
  EXPECT_TRUE(contains(page, "trees &lt;b&gt;"));
  EXPECT_FALSE(contains(page, "trees <b>"));
}

TEST(LatencyPicture, IsAnSvgFileOfItsOwnWithALegend) {
  const std::string picture = latency_picture(ranked_sample());
  EXPECT_TRUE(contains(picture, "<svg xmlns=\"http://www.w3.org/2000/svg\""));
  EXPECT_TRUE(contains(picture, "class=\"series s1\""));
  EXPECT_TRUE(contains(picture, ">trees &lt;b&gt;</text>"));
  EXPECT_TRUE(contains(picture, "global-time:0.1"));
  EXPECT_FALSE(contains(picture, "trees <b>"));
  json without = ranked_sample();
  without.erase("latency");
  EXPECT_THROW(latency_picture(without), Error);
}

// Each key removed and set to another type, of the whole and of the first ranker: a page all the
// same.
TEST(RankerPage, PartsMayBeMissing) {
  const json whole = ranked_sample();
  const auto check = [](const json& part, const std::string& key) {
    EXPECT_TRUE(contains(ranker_page(part), "</html>")) << key;
  };
  for (const auto& [key, value] : whole.items()) {
    json part = whole;
    part.erase(key);
    check(part, key);
    part[key] = 17;
    check(part, key);
  }
  for (const auto& [key, value] : whole["rankers"][0].items()) {
    json part = whole;
    part["rankers"][0].erase(key);
    check(part, key);
    part["rankers"][0][key] = json::array({17, {{"points", 3}, {"bins", "x"}}});
    check(part, key);
  }
  EXPECT_THROW(ranker_page(json(3)), Error);
}

}  // namespace
}  // namespace kaskad
