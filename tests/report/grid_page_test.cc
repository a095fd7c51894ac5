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
  EXPECT_TRUE(contains(page, "<strong>5.2 times</strong> popularity (0.0321)"));  // .1671 / .0321
  EXPECT_TRUE(contains(page, "1 other variant cannot be told apart"));            // -.0017 +- .0021
  EXPECT_TRUE(contains(page, "popularity leaks from the future"));
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
