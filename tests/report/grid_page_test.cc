#include "kaskad/report/grid_page.h"

#include <gtest/gtest.h>

#include "contains.h"
#include "kaskad/core/error.h"
#include "samples.h"

namespace kaskad {
namespace {

using nlohmann::json;

TEST(GridPage, FirstScreenSaysTheVerdictWithFigures) {
  const std::string page = grid_page(sample_grid());
  EXPECT_TRUE(contains(page, "<strong>0.1671</strong> on test (0.1602 to 0.1740)"));
  // .1671 / .0375; plain popularity has only .0321
  EXPECT_TRUE(contains(page,
                       "<strong>4.5 times</strong> the strongest baseline, popularity, last 30 "
                       "days (0.0375): +0.1296 case by case (+0.1229 to +0.1363)"));
  EXPECT_TRUE(contains(page, "1 other variant cannot be told apart"));  // -.0017 +- .0021
  EXPECT_TRUE(contains(page, "popularity leaks from the future"));
}

TEST(GridPage, SaysWhenTheStrongestBaselineIsNotBeaten) {
  json grid = sample_grid();
  json& gain = grid["baselines"][1]["winner_gain"]["ndcg@10"];
  EXPECT_FALSE(contains(grid_page(grid), "that baseline"));
  gain["low"] = -0.0176;
  EXPECT_TRUE(contains(grid_page(grid), "cannot be told apart from that baseline"));
  gain["high"] = -0.001;
  EXPECT_TRUE(contains(grid_page(grid), "loses to that baseline"));
}

TEST(GridPage, AWinningBlendIsComparedWithTheBestSingle) {
  json grid = sample_grid();
  grid["winner"]["kind"] = "blend";
  grid["winner"]["name"] = "0.71 (next) + 0.2 (both) + 0.09 (ease)";
  grid["blend"]["gain"] = {{"value", 0.0173}, {"low", 0.0133}, {"high", 0.0213}};
  const std::string page = grid_page(grid);
  EXPECT_TRUE(contains(page, "<h1>A blend of 3 scores wins</h1>"));
  EXPECT_TRUE(contains(page, "it gains +0.0173 (+0.0133 to +0.0213) on the best single variant"));
  EXPECT_FALSE(contains(page, "cannot be told apart"));
  const std::string contest = page.substr(0, page.find("</table>"));
  EXPECT_EQ(contest.find("lend of 3 scores", contest.find("<table")),
            contest.rfind("lend of 3 scores"))
      << "once in the table";
}

TEST(GridPage, MatricesWithoutADirectionAreNamedByTheirKind) {
  json grid = sample_grid();
  grid["leaderboard"][1]["knobs"] = {{"matrix", "ease"}, {"EASE lambda", "300"}};
  EXPECT_TRUE(contains(grid_page(grid), "best with matrix ease"));
}

TEST(GridPage, ShowsTheValidationWindowsWhereThereAreSeveral) {
  json grid = sample_grid();
  EXPECT_FALSE(contains(grid_page(grid), "by validation window"));
  grid["winner"]["windows"] = {0.1699, 0.1512};
  grid["baselines"][0]["windows"] = {0.0305, 0.0399};
  grid["split"]["phases"] = {{"test", {{"cut", "2003-01-01T00:00:00Z"}}},
                             {"validation", {{"cut", "2002-10-01T00:00:00Z"}}}};
  const std::string page = grid_page(grid);
  EXPECT_TRUE(contains(page, "from 2002-10-01"));
  EXPECT_TRUE(contains(page, "0.1512"));
  EXPECT_TRUE(contains(page, "0.0399"));
  EXPECT_TRUE(contains(page, "test from 2003-01-01T00:00:00Z"));
}

TEST(GridPage, IntervalsSayTheirConfidence) {
  EXPECT_TRUE(contains(grid_page(sample_grid()), "95%, bootstrap over the users"));
}

TEST(GridPage, EveryVariantIsInTheLeaderboard) {
  const json grid = sample_grid();
  const std::string page = grid_page(grid);
  EXPECT_TRUE(contains(page, "All 640 variants"));
  EXPECT_TRUE(contains(page, "data-shown=\"50\""));
  EXPECT_TRUE(contains(page, "data-sort=\"640\""));
}

TEST(GridPage, KnobsThatNeverVaryAreSaidOnce) {
  EXPECT_TRUE(contains(grid_page(sample_grid()), "The same everywhere: topk 500."));
}

TEST(GridPage, ShowsTheBestOfOtherKindsBesideTheWinner) {
  EXPECT_TRUE(contains(grid_page(sample_grid()), "best with direction both"));
}

TEST(GridPage, CommandAndHashesStandAtTheEnd) {
  const std::string page = grid_page(sample_grid());
  const std::string footer = page.substr(page.find("<footer>"));
  EXPECT_TRUE(contains(footer, "kaskad grid ml1m --split leave-one-out"));
  EXPECT_TRUE(contains(footer, "5b1f0c9a7d3e48826f0a9d1c2b3e4f50"));
  EXPECT_TRUE(contains(footer, "90aa17c2d4be4f1183b7a6c5d2e1f007"));
}

// Each key removed, set to null, and replaced by another type: a page all the same.
TEST(GridPage, AnyPartMayBeMissing) {
  json whole = sample_grid();
  whole["leaderboard"].erase(whole["leaderboard"].begin() + 20, whole["leaderboard"].end());
  for (const auto& [key, value] : whole.items()) {
    for (const json& other : {json(), json("text"), json(3), json::array(), json::object()}) {
      json grid = whole;
      grid[key] = other;
      EXPECT_TRUE(contains(grid_page(grid), "</html>")) << key << " = " << other;
    }
  }
  EXPECT_TRUE(contains(grid_page(json::object()), "no variant was measured"));
}

TEST(GridPage, WithoutTestTheVerdictIsValidation) {
  json grid = sample_grid();
  grid["winner"].erase("test");
  EXPECT_TRUE(contains(grid_page(grid), "<strong>0.1678</strong> on validation"));
}

TEST(GridPage, FiguresThatAreNotNumbersAreDashes) {
  json grid = sample_grid();
  grid["leaderboard"][3]["validation"]["ndcg@10"] = nullptr;
  EXPECT_TRUE(contains(grid_page(grid), ">\xe2\x80\x93</td>"));
}

// Every string of the result replaced by markup: none of it reaches the page unescaped.
TEST(GridPage, NamesOfUsersAreEscaped) {
  const json grid = with_every_text(sample_grid(), "<script>alert(1)</script>");
  const std::string page = grid_page(grid);
  EXPECT_FALSE(contains(page, "<script>alert"));
  EXPECT_TRUE(contains(page, "&lt;script&gt;alert(1)&lt;/script&gt;"));
}

TEST(GridPage, AnythingButAnObjectIsAnError) { EXPECT_THROW(grid_page(json::array()), Error); }

}  // namespace
}  // namespace kaskad
