#include "kaskad/report/ablation_page.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "contains.h"
#include "kaskad/core/error.h"

namespace kaskad {
namespace {

using nlohmann::json;

json ablation_sample() {
  return json::parse(R"({
    "kaskad": "0.1", "command_line": "kaskad ablate shop r.toml", "model": "interact_rank",
    "on": "validation", "metric": "ndcg@10", "metrics": ["ndcg@10", "mrr"], "requests": 4321,
    "definitions": {"ndcg@10": "discounted by log2"}, "seeds": [1, 2],
    "verdict": "What earns most is crossing.", "dataset_hash": "5b1f0c9a",
    "request": {"history": 30, "candidates": 100, "words": 2},
    "spread": {"ndcg@10": {"deviation": 0.0021, "freedom": 3.25}},
    "baseline": {"metrics": {"ndcg@10": 0.4321, "mrr": 0.4}, "train_seconds": 60,
                 "epoch_seconds": 6, "flops": 1200000, "latency_ms": 0.25},
    "components": [
      {"name": "crossing", "words": "crossing of <all>", "settings": ["crossing=none"],
       "seeds": [1, 2], "says": "earns",
       "metrics": {"ndcg@10": {"value": -0.0312, "low": -0.04, "high": -0.02},
                   "mrr": {"value": -0.03, "low": -0.05, "high": -0.01}},
       "train_seconds": {"with": 60, "without": 45, "change": -0.25},
       "cpu_seconds": {"with": 80, "without": 52, "change": -0.35},
       "flops": {"with": 1200000, "without": 600000, "change": -0.5},
       "latency_ms": {"with": 0.25, "without": 0.275, "change": 0.1}},
      {"name": "dropout", "words": "dropout", "settings": ["dropout=0"], "seeds": [1],
       "says": "may be nothing", "metrics": {"ndcg@10": {"value": 0.001, "low": -0.01, "high": 0.02}}}],
    "left_out": [{"name": "logq", "why": "the budget of 5 minutes"}],
    "failed": [{"name": "session", "seed": 2, "error": "the loss is nan"}]})");
}

TEST(AblationPage, FirstScreenHasTheVerdictAndThePlot) {
  const std::string page = ablation_page(ablation_sample());
  for (const char* part : {"What earns most is crossing.", "0.4321", "4,321", "earns",
                           "may be nothing", "class=\"whisker\"", "grid zero"}) {
    EXPECT_TRUE(contains(page, part)) << part;
  }
}

TEST(AblationPage, SaysWhatChangesInQualityAndCost) {
  const std::string page = ablation_page(ablation_sample());
  for (const char* part :
       {"0.0312", "25%", "35%", "52 s", "50%", "+10%", "0.275", "1.2M", "crossing=none",
        "discounted by log2", "0.0021", "3.2 degrees", "candidates 100"}) {
    EXPECT_TRUE(contains(page, part)) << part;
  }
}

TEST(AblationPage, NamesWhatIsMissing) {
  const std::string page = ablation_page(ablation_sample());
  EXPECT_TRUE(contains(page, "logq: the budget of 5 minutes"));
  EXPECT_TRUE(contains(page, "session, seed 2 failed: the loss is nan"));
}

TEST(AblationPage, EscapesWordsAndBearsMissingParts) {
  const std::string page = ablation_page(ablation_sample());
  EXPECT_TRUE(contains(page, "crossing of &lt;all&gt;"));
  EXPECT_FALSE(contains(page, "crossing of <all>"));
  EXPECT_TRUE(contains(ablation_page(json::object()), "What each component earns"));
  EXPECT_THROW(ablation_page(json::array()), Error);
}

}  // namespace
}  // namespace kaskad
