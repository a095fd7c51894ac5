#include "kaskad/monitor/page_quality.h"

#include <gtest/gtest.h>

#include <thread>

#include "kaskad/monitor/user_groups.h"

namespace kaskad {
namespace {

using Joined = PageQuality::Joined;
using Items = std::vector<std::string_view>;
using Arms = std::vector<std::pair<std::string, std::string>>;

class PageQualityTest : public testing::Test {
 protected:
  void show(std::string_view user, std::string_view request, const Items& items = {"a", "b", "c"},
            std::string_view version = "1", const Arms& arms = {}) {
    quality_.shown({.user_id = user,
                    .request_id = request,
                    .version = version,
                    .experiment = arms.empty() ? "" : "spring",
                    .arms = arms,
                    .items = items});
  }
  Joined act(std::string_view user, std::string_view request, std::string_view item,
             std::string_view action = "click") {
    return quality_.acted(user, request, item, action);
  }
  // pages, shown, clicked, useful
  using Four = std::array<uint64_t, 4>;
  Four counts(std::string_view version_or_arm) const {
    for (const PageQuality::Row& row : quality_.rows()) {
      if (row.version != version_or_arm && row.arm != version_or_arm) continue;
      return {row.pages, row.shown_items, row.clicked_items, row.useful_pages};
    }
    return {};
  }

  PageQuality quality_{{.useful = {"save", "buy"}}};
};

TEST_F(PageQualityTest, ActionsAreJoinedWithThePageThatTheyName) {
  show("u", "1");
  show("u", "2");
  EXPECT_EQ(act("u", "1", "a"), Joined::kPage);
  EXPECT_EQ(counts("1"), (Four{2, 6, 1, 0})) << "a click is not useful here";
  act("u", "1", "b", "save");
  EXPECT_EQ(counts("1"), (Four{2, 6, 1, 1}));
}

TEST_F(PageQualityTest, OfServersThatHearOfEachOtherTheOneThatShowedThePageCounts) {
  const Items items = {"a", "b"};
  quality_.shown_elsewhere(
      {.user_id = "u", .request_id = "theirs", .query = "hats", .items = items});
  EXPECT_EQ(act("u", "theirs", "a"), Joined::kElsewhere);
  EXPECT_EQ(quality_.query_of("u", "theirs"), "hats");
  EXPECT_TRUE(quality_.rows().empty());
  show("u", "ours");
  for (int i = 0; i < 2; ++i) quality_.acted_elsewhere("u", "ours", "a", "click");
  EXPECT_EQ(counts("1"), (Four{1, 3, 1, 0}));
  EXPECT_EQ(quality_.joined(), (std::array<uint64_t, 5>{0, 0, 0, 0, 1})) << "told there";
}

TEST_F(PageQualityTest, APageIsUsefulOnceAndAnItemIsClickedOnce) {
  show("u", "1");
  for (int i = 0; i < 2; ++i) {
    act("u", "1", "a");
    act("u", "1", "b");
    act("u", "1", "b", "save");
    act("u", "1", "c", "buy");
  }
  EXPECT_EQ(counts("1"), (Four{1, 3, 2, 1}));
}

TEST_F(PageQualityTest, WhatCannotBeJoinedIsCountedAndChangesNothing) {
  show("u", "1");
  EXPECT_EQ(act("u", "1", "z"), Joined::kNotShown);
  EXPECT_EQ(act("u", "7", "a"), Joined::kUnknown);
  EXPECT_EQ(act("v", "1", "a"), Joined::kUnknown) << "users may number requests alike";
  EXPECT_EQ(act("u", "", "a"), Joined::kUnnamed);
  EXPECT_EQ(counts("1"), (Four{1, 3, 0, 0}));
  EXPECT_EQ(quality_.joined(), (std::array<uint64_t, 5>{0, 1, 2, 1, 0}));
}

TEST_F(PageQualityTest, APageToldTwiceIsOne) {
  show("u", "1");
  show("u", "1");
  EXPECT_EQ(counts("1"), (Four{1, 3, 0, 0}));
}

TEST_F(PageQualityTest, AnEmptyPageIsAPage) {
  show("u", "1", {});
  EXPECT_EQ(counts("1"), (Four{1, 0, 0, 0}));
}

TEST_F(PageQualityTest, AnActionCountsForTheVersionThatAnswered) {
  show("u", "1");
  show("u", "2", {"a"}, "2");
  act("u", "1", "a", "save");
  EXPECT_EQ(counts("1"), (Four{1, 3, 0, 1}));
  EXPECT_EQ(counts("2"), (Four{1, 1, 0, 0}));
}

TEST_F(PageQualityTest, EachArmHasItsOwnSums) {
  show("u", "1", {"a"}, "1", {{"ranker", "new"}, {"look", "plain"}});
  show("v", "1", {"a"}, "1", {{"ranker", "old"}});
  act("u", "1", "a", "save");
  EXPECT_EQ(counts("1"), (Four{2, 2, 0, 1}));
  EXPECT_EQ(counts("new"), (Four{1, 1, 0, 1}));
  EXPECT_EQ(counts("plain"), (Four{1, 1, 0, 1}));
  EXPECT_EQ(counts("old"), (Four{1, 1, 0, 0}));
}

// What intervals are made of: all pages of a user are in one group, of each arm the same one.
TEST_F(PageQualityTest, PagesOfAnArmAreSummedByGroupsOfUsers) {
  for (int i = 0; i < 300; ++i) {
    for (const char* request : {"1", "2", "3"}) {
      show("u" + std::to_string(i), request, {"a"}, "1", {{"ranker", i % 2 ? "new" : "old"}});
    }
    act("u" + std::to_string(i), "1", "a", "save");
  }
  EXPECT_TRUE(quality_.groups("spring", "ranker", "none").empty());
  for (const PageQuality::Row& row : quality_.rows()) {
    const auto groups = quality_.groups(row.experiment, row.layer, row.arm);
    if (row.arm.empty()) {
      EXPECT_TRUE(groups.empty());
      continue;
    }
    ASSERT_EQ(groups.size(), kUserGroups);
    uint64_t pages = 0, useful = 0, shown = 0;
    for (const auto& group : groups) {
      EXPECT_EQ(group.pages, 3 * group.useful_pages);
      pages += group.pages;
      shown += group.shown_items;
      useful += group.useful_pages;
    }
    EXPECT_EQ(pages, row.pages);
    EXPECT_EQ(shown, row.shown_items);
    EXPECT_EQ(useful, row.useful_pages);
  }
}

TEST(PageQuality, WithoutAListOfUsefulActionsAnyIs) {
  PageQuality quality({});
  const Items items = {"a"};
  quality.shown(
      {.user_id = "u", .request_id = "1", .version = "1", .experiment = "", .items = items});
  quality.acted("u", "1", "a", "");
  EXPECT_EQ(quality.rows()[0].useful_pages, 1U);
}

TEST(PageQuality, OldPagesAreForgotten) {
  PageQuality quality({.remembered = 64});
  const Items items = {"a"};
  for (int i = 0; i < 1000; ++i) {
    const std::string id = std::to_string(i);
    quality.shown(
        {.user_id = "u", .request_id = id, .version = "1", .experiment = "", .items = items});
  }
  EXPECT_EQ(quality.acted("u", "0", "a", "click"), Joined::kUnknown);
  EXPECT_EQ(quality.acted("u", "999", "a", "click"), Joined::kPage);
  int found = 0;
  for (int i = 0; i < 1000; ++i) {
    found += quality.acted("u", std::to_string(i), "a", "click") == Joined::kPage;
  }
  EXPECT_EQ(found, 64);
}

TEST_F(PageQualityTest, ManyVersionsDoNotGrowWhatIsScraped) {
  for (int i = 0; i < 100; ++i) show("u", std::to_string(i), {"a"}, "v" + std::to_string(i));
  EXPECT_EQ(quality_.rows().size(), PageQuality::kMostVersions);
  EXPECT_EQ(counts("v0"), Four{});
  show("u", "back", {"a"}, "v0");
  EXPECT_EQ(counts("v0"), (Four{1, 1, 0, 0})) << "one that comes back begins anew";
  EXPECT_EQ(counts("v99"), (Four{1, 1, 0, 0}));
}

TEST_F(PageQualityTest, SeveralThreadsLoseNothing) {
  constexpr int kThreads = 4, kPages = 500;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      const std::string user = "u" + std::to_string(t);
      for (int i = 0; i < kPages; ++i) {
        show(user, std::to_string(i), {"a", "b"}, t % 2 == 0 ? "1" : "2");
        act(user, std::to_string(i), "b", "save");
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(counts("1"), (Four{2 * kPages, 4 * kPages, 0, 2 * kPages}));
  EXPECT_EQ(counts("2"), (Four{2 * kPages, 4 * kPages, 0, 2 * kPages}));
}

}  // namespace
}  // namespace kaskad
