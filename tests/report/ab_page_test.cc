#include "kaskad/report/ab_page.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "contains.h"
#include "kaskad/core/error.h"

namespace kaskad {
namespace {

nlohmann::json ab_answer() {
  return nlohmann::json::parse(R"({
    "command": "kaskad ab log.jsonl", "metric": "sifr", "metrics": ["sifr", "ctr"], "level": 0.95,
    "definitions": {"sifr": "useful pages / all pages"}, "sequential": false, "cuped": true,
    "reading": {"lines": 900, "users": 2000, "exposures": 700, "actions": 200,
                "actions_uncredited": 7, "broken_lines": {"count": 2, "examples": ["x:3: bad"]}},
    "layers": [{"experiment": "spring", "layer": "ranker", "verdict": "'new <b>' raises sifr.",
      "warnings": ["SAMPLE RATIO MISMATCH: 1200 : 800"], "mixed_users": 3,
      "sample_ratio": {"expected": [1000, 1000], "p_value": 0.00001, "shares_known": true},
      "arms": [
        {"name": "control", "control": true, "users": 1200, "share": 0.5,
         "metrics": {"sifr": {"value": 0.4, "low": 0.39, "high": 0.41},
                     "ctr": {"value": 0.1, "low": 0.09, "high": 0.11}}},
        {"name": "new <b>", "control": false, "users": 800, "share": 0.5,
         "metrics": {"sifr": {"value": 0.42, "low": 0.41, "high": 0.43, "effect":
                       {"relative": {"value": 0.05, "low": 0.02, "high": 0.08},
                        "p_value": 0.001, "adjusted_p": 0.002}},
                     "ctr": {"value": 0.1, "effect": {"relative": {"value": null}}}}}],
      "days": [
        {"date": "2026-11-29", "arms": [{"name": "control"}, {"name": "new <b>", "effect":
          {"relative": {"value": 0.07, "low": -0.02, "high": 0.16}}}]},
        {"date": "2026-11-30", "arms": [{"name": "control"}, {"name": "new <b>", "effect":
          {"relative": {"value": 0.05, "low": 0.02, "high": 0.08}}}]}]}]})");
}

TEST(AbPage, FirstScreenHasVerdictAndWarnings) {
  const std::string page = ab_page(ab_answer());
  EXPECT_TRUE(contains(page, "&#39;new &lt;b&gt;&#39; raises sifr."));
  EXPECT_TRUE(contains(page, "SAMPLE RATIO MISMATCH: 1200 : 800"));
  EXPECT_TRUE(contains(page, "2 lines could not be read"));
  EXPECT_FALSE(contains(page, "new <b>"));
}

TEST(AbPage, ChangesUsersAndCourseAreThere) {
  const std::string page = ab_page(ab_answer());
  EXPECT_TRUE(contains(page, "+5%"));
  EXPECT_TRUE(contains(page, "1,200"));
  EXPECT_TRUE(contains(page, "as the days went by"));
  EXPECT_TRUE(contains(page, "2026-11-30"));
  EXPECT_TRUE(contains(page, "useful pages / all pages"));
  EXPECT_TRUE(contains(page, "x:3: bad"));
}

TEST(AbPage, MethodSaysForHowManyLooksTheIntervalsHold) {
  EXPECT_TRUE(contains(ab_page(ab_answer()), "for one look"));
  nlohmann::json answer = ab_answer();
  answer["sequential"] = true;
  EXPECT_TRUE(contains(ab_page(answer), "valid at every look"));
}

// Each key removed and set to another type: a page all the same.
TEST(AbPage, PartsMayBeMissing) {
  const nlohmann::json whole = ab_answer();
  for (const auto& [key, value] : whole.items()) {
    nlohmann::json part = whole;
    part.erase(key);
    EXPECT_TRUE(contains(ab_page(part), "</html>")) << key;
    part[key] = 3;
    EXPECT_TRUE(contains(ab_page(part), "</html>")) << key;
  }
  for (const auto& [key, value] : whole["layers"][0].items()) {
    nlohmann::json part = whole;
    part["layers"][0].erase(key);
    EXPECT_TRUE(contains(ab_page(part), "</html>")) << key;
    part["layers"][0][key] = "x";
    EXPECT_TRUE(contains(ab_page(part), "</html>")) << key;
  }
  EXPECT_THROW(ab_page(nlohmann::json::array()), Error);
}

}  // namespace
}  // namespace kaskad
