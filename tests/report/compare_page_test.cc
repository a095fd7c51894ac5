#include "kaskad/report/compare_page.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "contains.h"
#include "kaskad/core/error.h"
#include "kaskad/report/format.h"

namespace kaskad {
namespace {

using nlohmann::json;

json sample() {
  return json::parse(R"({
    "command": "kaskad compare runs/*", "metric": "ndcg@10", "phase": "test", "cases": 6040,
    "verdict": "sasrec has the highest ndcg@10, 0.1821.",
    "split": {"text": "leave-one-out", "hash": "90aa17c2"}, "dataset_hash": "5b1f0c9a",
    "metric_definitions": {"ndcg@10": "discounted by log2"},
    "runs": [
      {"name": "sasrec", "model": "neural", "may_equal_best": true,
       "metrics": {"ndcg@10": {"value": 0.1821, "low": 0.175, "high": 0.189},
                   "popularity@10": {"value": 801.5}},
       "difference_to_best": {"value": 0, "low": 0, "high": 0},
       "fit_seconds": 1800, "score_microseconds": 900, "peak_memory_bytes": 1.5e9,
       "bundle_bytes": 2e6,
       "segments": {"parts": [{"group": "gap", "name": "0 s", "cases": 12, "share": 0.5,
                               "metrics": {"ndcg@10": {"value": 0.31}}}]}},
      {"name": "matrix <b>", "model": "cooc", "may_equal_best": false,
       "metrics": {"ndcg@10": {"value": 0.1671, "low": 0.16, "high": 0.174}},
       "difference_to_best": {"value": -0.015, "low": -0.02, "high": -0.01},
       "score_microseconds": 60}],
    "curves": [{"name": "sasrec", "points": [
      {"epoch": 1, "ndcg@10": 0.05, "popularity@10": 2000},
      {"epoch": 2, "ndcg@10": 0.11, "popularity@10": 1200}]}]})");
}

TEST(ComparePage, FirstScreenSaysWhoIsInFrontAndTheVerdict) {
  const std::string page = compare_page(sample());
  EXPECT_TRUE(contains(page, "sasrec is in front"));
  EXPECT_TRUE(contains(page, "sasrec has the highest ndcg@10, 0.1821."));
}

TEST(ComparePage, ShowsEveryRunWithMetricsCostsAndSegments) {
  const std::string page = compare_page(sample());
  EXPECT_TRUE(contains(page, "0.1671"));
  EXPECT_TRUE(contains(page, "1.5 GB"));
  EXPECT_TRUE(contains(page, "60 \xc2\xb5s"));
  EXPECT_TRUE(contains(page, "gap: 0 s"));
  EXPECT_TRUE(contains(page, "sasrec: " + html::metric_title("popularity@10")));  // the curve
}

TEST(ComparePage, NamesOfRunsAreEscaped) {
  EXPECT_TRUE(contains(compare_page(sample()), "matrix &lt;b&gt;"));
}

// Each key removed and set to another type: a page all the same.
TEST(ComparePage, PartsMayBeMissing) {
  const json whole = sample();
  for (const auto& [key, value] : whole.items()) {
    json part = whole;
    part.erase(key);
    EXPECT_TRUE(contains(compare_page(part), "</html>")) << key;
    part[key] = 17;
    EXPECT_TRUE(contains(compare_page(part), "</html>")) << key;
  }
  EXPECT_THROW(compare_page(json(3)), Error);
}

}  // namespace
}  // namespace kaskad
