#include "kaskad/report/describe_page.h"

#include <gtest/gtest.h>

#include "contains.h"
#include "kaskad/core/error.h"
#include "samples.h"

namespace kaskad {
namespace {

using nlohmann::json;

TEST(DescribePage, SaysWhatTheLogIs) {
  const std::string page = describe_page(sample_description());
  EXPECT_TRUE(contains(page, "1,000,209 events of 6,040 users with 3,706 items"));
  EXPECT_TRUE(contains(page, "2000-04-25 to 2003-02-28"));
  EXPECT_TRUE(contains(page, "Half of the users have 96 events or fewer"));
  EXPECT_TRUE(contains(page, "the top 10% of the items take 43.6%"));
  EXPECT_TRUE(contains(page, "The busiest month is 2000-11"));
}

TEST(DescribePage, WarnsOfTiesButNotOfAbsentRepeats) {
  const std::string page = describe_page(sample_description());
  EXPECT_TRUE(contains(page, "54% of consecutive events of a user carry the same time"));
  EXPECT_FALSE(contains(page, "item the user had before"));
}

TEST(DescribePage, WithoutAClockSaysSoAndLeavesTimeOut) {
  json description = sample_description();
  description["time"] = {{"kind", "order"}};
  description["activity"] = {{"unit", ""}, {"periods", json::array()}};
  description["gaps"] = json::array();
  const std::string page = describe_page(description);
  EXPECT_TRUE(contains(page, "The log has no clock"));
  EXPECT_FALSE(contains(page, "id=\"time\""));
}

// Of two items, the first has 3 of 4 events: points (1, 3) and (2, 1).
TEST(DescribePage, PopularityByRankIsTheMeanOfEachStepOfTheCurve) {
  const json description = {{"rows", 4},
                            {"items", 2},
                            {"item_count", {{"max", 3}}},
                            {"popularity",
                             {{"curve",
                               {{{"share_of_items", 0}, {"share_of_rows", 0}},
                                {{"share_of_items", 0.5}, {"share_of_rows", 0.75}},
                                {{"share_of_items", 1}, {"share_of_rows", 1}}}}}}};
  const std::string page = describe_page(description);
  EXPECT_TRUE(contains(page, "<title>1 rank of the item: 3 events of the item</title>"));
  EXPECT_TRUE(contains(page, "<title>2 rank of the item: 1 events of the item</title>"));
}

TEST(DescribePage, AnyPartMayBeMissing) {
  const json whole = sample_description();
  for (const auto& [key, value] : whole.items()) {
    for (const json& other : {json(), json("text"), json(3), json::array(), json::object()}) {
      json description = whole;
      description[key] = other;
      EXPECT_TRUE(contains(describe_page(description), "</html>")) << key << " = " << other;
    }
  }
  EXPECT_TRUE(contains(describe_page(json::object()), "</html>"));
}

TEST(DescribePage, NamesOfUsersAreEscaped) {
  const json description = with_every_text(sample_description(), "<script>alert(1)</script>");
  EXPECT_FALSE(contains(describe_page(description), "<script>alert"));
}

TEST(DescribePage, AnythingButAnObjectIsAnError) {
  EXPECT_THROW(describe_page(json("text")), Error);
}

}  // namespace
}  // namespace kaskad
