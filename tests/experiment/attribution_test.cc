#include "kaskad/experiment/attribution.h"

#include <gtest/gtest.h>

#include <optional>

namespace kaskad::ab {
namespace {

constexpr int64_t kMinute = 60'000;

// Pages and actions of users, added one after the other.
class AttributionTest : public testing::Test {
 protected:
  LoggedEvent page(int64_t time, uint64_t user, std::vector<uint64_t> items, uint64_t request = 0,
                   const std::string& arm = "new") {
    LoggedEvent event;
    event.time = time;
    event.user = user;
    event.request = request;
    event.experiment = "spring";
    if (!arm.empty()) event.arms = {{"ranker", arm}};
    event.items = std::move(items);
    return event;
  }
  LoggedEvent act(int64_t time, uint64_t user, uint64_t item, const std::string& action = "click",
                  uint64_t request = 0) {
    LoggedEvent event;
    event.kind = LoggedEvent::Kind::kAction;
    event.time = time;
    event.user = user;
    event.request = request;
    event.item = item;
    event.action = action;
    return event;
  }
  void add(std::initializer_list<LoggedEvent> events) {
    for (const LoggedEvent& event : events) attribution_->add(event);
  }
  void use(const AttributionOptions& options) {
    population_ = Population();
    attribution_.emplace(population_, options);
  }
  // A user's sum in the first layer.
  double sum(uint64_t user, size_t column) {
    const auto& memberships = population_.user_at(*population_.find_user(user)).memberships;
    const std::vector<double>& sums = memberships.at(0).sums;
    return column < sums.size() ? sums[column] : 0;
  }

  Population population_;
  std::optional<Attribution> attribution_{std::in_place, population_, AttributionOptions{}};
};

TEST_F(AttributionTest, PagesItemsAndClicksAreCounted) {
  add({page(0, 1, {10, 11, 12}), act(1000, 1, 11), page(2000, 1, {20}), page(3000, 1, {})});
  EXPECT_EQ(sum(1, kPages), 3);
  EXPECT_EQ(sum(1, kItemsShown), 4);
  EXPECT_EQ(sum(1, kItemsClicked), 1);
  EXPECT_EQ(sum(1, kUsefulPages), 1);  // an empty page is a page, and not useful
}

TEST_F(AttributionTest, APageIsUsefulOnceAndAnItemsActionCountsOnce) {
  add({page(0, 1, {10, 11}), act(1, 1, 10), act(2, 1, 10), act(3, 1, 11), act(4, 1, 10, "save")});
  EXPECT_EQ(sum(1, kUsefulPages), 1);
  EXPECT_EQ(sum(1, kItemsClicked), 2);
  EXPECT_EQ(attribution_->actions(), (std::vector<std::string>{"click", "save"}));
  EXPECT_EQ(sum(1, kFirstAction), 2);
  EXPECT_EQ(sum(1, kFirstAction + 1), 1);
  EXPECT_EQ(attribution_->counts().repeated_actions, 1u);
}

TEST_F(AttributionTest, OnlyTheNamedActionsAreUseful) {
  use({.useful = {"save"}});
  add({page(0, 1, {10}), act(1, 1, 10), page(2, 1, {10}), act(3, 1, 10, "save")});
  EXPECT_EQ(sum(1, kUsefulPages), 1);
  EXPECT_EQ(sum(1, kItemsClicked), 1);
}

// The request knows its page, even when a later one showed the item, too.
TEST_F(AttributionTest, AnActionIsCreditedToItsRequest) {
  use({.window = 30 * kMinute, .pre_period_end = 500});
  add({page(0, 1, {10}, 77, ""), page(1000, 1, {10}, 78)});
  add({act(2000, 1, 10, "click", 77)});
  EXPECT_EQ(sum(1, kItemsClicked), 0);
  EXPECT_EQ(population_.user_at(0).before[kItemsClicked], 1);
  add({act(3000, 1, 10, "click", 78)});
  EXPECT_EQ(sum(1, kItemsClicked), 1);
}

TEST_F(AttributionTest, WithoutARequestTheLastPageThatShowedTheItemIsMeant) {
  add({page(0, 1, {10}), page(1000, 1, {10, 11}), page(2000, 1, {12}), act(3000, 1, 11),
       act(3000, 1, 10), act(4000, 1, 12)});
  EXPECT_EQ(sum(1, kUsefulPages), 2);  // the second and the third
}

TEST_F(AttributionTest, TheWindowEndsAfterHalfAnHour) {
  add({page(0, 1, {10}), act(30 * kMinute, 1, 10, "click"), act(30 * kMinute + 1, 1, 10, "save")});
  EXPECT_EQ(sum(1, kItemsClicked), 1);
  EXPECT_EQ(attribution_->counts().uncredited_actions, 1u);
}

TEST_F(AttributionTest, WhatNoPageExplainsIsCountedAndLeftOut) {
  add({page(0, 1, {10}, 77), page(0, 2, {10}, 78)});
  add({act(1, 1, 11),                 // not shown
       act(1, 3, 10),                 // no such user
       act(1, 1, 10, "click", 79),    // no such request
       act(1, 1, 10, "click", 78),    // another user's request
       act(1, 1, 11, "click", 77)});  // not on that page
  EXPECT_EQ(attribution_->counts().uncredited_actions, 5u);
  EXPECT_FALSE(population_.find_user(3));
}

TEST_F(AttributionTest, ARequestThatIsLoggedTwiceIsOnePage) {
  add({page(0, 1, {10}, 77), page(1, 1, {10}, 77)});
  EXPECT_EQ(sum(1, kPages), 1);
  EXPECT_EQ(attribution_->counts().repeated_exposures, 1u);
}

TEST_F(AttributionTest, AUserOfTwoArmsIsMixed) {
  add({page(0, 1, {10}), page(1, 1, {10}, 0, "control"), page(2, 2, {10})});
  EXPECT_EQ(population_.mixed(), std::vector<uint64_t>{1});
  const Metric pages{"pages", "", kPages};
  EXPECT_EQ(population_.moments(pages)[0][0].users(), 1);
  EXPECT_EQ(population_.moments(pages)[0][1].users(), 0);
}

TEST_F(AttributionTest, PagesBeforeTheExperimentAreTheUsersPast) {
  use({.pre_period_end = 1000});
  add({page(0, 1, {10}), page(1000, 1, {10}), page(1001, 2, {10}, 0, "")});
  EXPECT_EQ(population_.user_at(0).before[kPages], 1);
  EXPECT_EQ(sum(1, kPages), 1);
  EXPECT_TRUE(population_.user_at(1).memberships.empty());
  EXPECT_EQ(attribution_->counts().before, 1u);
  EXPECT_EQ(attribution_->counts().without_arm, 1u);
}

TEST_F(AttributionTest, WeightsAddUp) {
  LoggedEvent sale = act(1, 1, 10, "purchase");
  sale.weight = 12.5;
  add({page(0, 1, {10}), sale});
  EXPECT_EQ(sum(1, kFirstAction), 12.5);
}

// What makes the memory bounded: pages go when no action can come any more.
TEST_F(AttributionTest, OldPagesAreForgotten) {
  for (int64_t day = 0; day < 10; ++day) {
    for (uint64_t user = 1; user <= 100; ++user) {
      add({page(day * 24 * 60 * kMinute + 1, user, {10}, 1000 * (day + 1) + user)});
    }
    EXPECT_LE(attribution_->pages_held(), 200u);
  }
  EXPECT_EQ(sum(7, kPages), 10);
}

TEST_F(AttributionTest, AnIdInThePlaceOfAnActionEndsTheReading) {
  add({page(0, 1, {10})});
  EXPECT_THROW(
      {
        for (int i = 0; i < 200; ++i) attribution_->add(act(1, 1, 10, "a" + std::to_string(i)));
      },
      Error);
}

}  // namespace
}  // namespace kaskad::ab
