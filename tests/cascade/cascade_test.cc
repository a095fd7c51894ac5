// Retrieval, union, filters, ranking: what comes in and what goes out where every stage is well.
#include "kaskad/cascade/cascade.h"

#include <gtest/gtest.h>

#include <thread>

#include "kaskad/core/error.h"
#include "tests/cascade/fakes.h"

namespace kaskad {
namespace {

using Names = std::vector<std::string>;

TEST(Cascade, OneRetrieverKeepsItsOrder) {
  CascadeBuilder builder;
  builder.retriever("a", {3, 1, 2, 5}, 3);
  const auto cascade = builder.build();
  const CascadeAnswer answer = cascade->recommend(nobody());
  EXPECT_EQ(names_of(*cascade, answer), (Names{"i3", "i1", "i2"}));  // the quota is 3
  EXPECT_EQ(degraded(answer), Names{});
  EXPECT_EQ(answer.sources.of(answer.items[1].row)[0].rank, 2u);
  EXPECT_EQ(answer.sources.of(answer.items[1].row)[0].score, 3);
}

TEST(Cascade, TheUnionHoldsEachItemOnceAndWhatBothSaidOfIt) {
  CascadeBuilder builder;
  builder.retriever("a", {0, 1, 2}, 3);
  builder.retriever("b", {2, 3}, 2);
  const auto cascade = builder.build();
  const CascadeAnswer answer = cascade->recommend(nobody());
  // 1/61 + 1/63 of both; then ranks 1 and 2 of a, 2 of b: i0 1/61, i1 and i3 1/62.
  EXPECT_EQ(names_of(*cascade, answer), (Names{"i2", "i0", "i1", "i3"}));
  const auto sources = answer.sources.of(answer.items[0].row);
  EXPECT_EQ(sources[0].rank, 3u);
  EXPECT_EQ(sources[1].rank, 1u);
  EXPECT_EQ(sources[1].score, 2);
  EXPECT_EQ(answer.sources.of(answer.items[3].row)[0].rank, 0u);
}

TEST(Cascade, RetrieversAreAskedWithTheQueryAsItWasWritten) {
  CascadeBuilder builder;
  builder.retriever("a", {0, 1}, 2);
  builder.retriever("b", {4, 2}, 2, 5, 7);  // with ids of its own
  const auto cascade = builder.build();
  CascadeRequest request = nobody();
  request.query = "Red SHOES ";
  cascade->recommend(request);
  EXPECT_EQ(builder.behaviour("a")->last_query(), "Red SHOES ");
  EXPECT_EQ(builder.behaviour("b")->last_query(), "Red SHOES ");
  cascade->recommend(nobody());
  EXPECT_EQ(builder.behaviour("a")->last_query(), "");
}

TEST(Cascade, StagesOfSearchesAndOfRecommendationsAreAskedForThoseAlone) {
  CascadeBuilder builder;
  builder.retriever("habits", {0, 1}, 2).asked = AskedFor::kRecommend;
  builder.retriever("words", {7, 8}, 2).asked = AskedFor::kSearch;
  builder.ranker("rank", {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, 2).asked = AskedFor::kSearch;
  const auto cascade = builder.build();
  EXPECT_EQ(names_of(*cascade, cascade->recommend(nobody())), (Names{"i0", "i1"}));
  CascadeRequest search = nobody();
  search.query = "shoes";
  const CascadeAnswer answer = cascade->recommend(search);
  EXPECT_EQ(names_of(*cascade, answer), (Names{"i8", "i7"}));  // in the ranker's order
  EXPECT_EQ(degraded(answer), Names{});
}

TEST(Cascade, RetrieversOfOtherLogsHaveIdsOfTheirOwn) {
  CascadeBuilder builder;
  builder.retriever("a", {0, 9}, 2);
  builder.retriever("b", {4, 2}, 2, 5, 7);  // items i7 .. i11: i11 and i9
  const auto cascade = builder.build();
  EXPECT_EQ(cascade->catalogue().size(), 12u);
  const CascadeAnswer answer = cascade->recommend(nobody());
  EXPECT_EQ(names_of(*cascade, answer), (Names{"i9", "i0", "i11"}));
  CascadeRequest request = nobody();
  request.history->items = {*cascade->catalogue().find("i11")};  // which a does not know
  EXPECT_EQ(names_of(*cascade, cascade->recommend(request)), (Names{"i9", "i0"}));
}

TEST(Cascade, ReasonsComeFromTheRetrieverThatRanksAnItemBest) {
  CascadeBuilder builder;
  builder.retriever("a", {0, 1}, 2);
  builder.retriever("b", {4, 3}, 2, 5, 7);  // items i7 .. i11: i11 and i10
  const auto cascade = builder.build();
  CascadeRequest request = nobody();
  request.history->items = {ItemId{5}, ItemId{9}, ItemId{8}};  // b knows the last two
  request.reasons = true;
  const CascadeAnswer answer = cascade->recommend(request);
  ASSERT_EQ(names_of(*cascade, answer), (Names{"i0", "i11", "i1", "i10"}));
  EXPECT_EQ(answer.items[0].because.size(), 3u);
  const std::vector<Reason>& because = answer.items[1].because;
  ASSERT_EQ(because.size(), 2u);
  EXPECT_EQ(because[0].event, 1u);
  EXPECT_EQ(because[0].item, ItemId{9});
  EXPECT_EQ(because[0].share, 2);  // i9 is number 2 of b
  EXPECT_EQ(because[1].event, 2u);
}

TEST(Cascade, RankersPutInOrderAndKeepTheBest) {
  CascadeBuilder builder;
  builder.retriever("a", {0, 1, 2, 3, 4}, 5);
  builder.retriever("b", {4, 7}, 2);
  builder.ranker("prerank", {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, 4);
  builder.ranker("rank", {9, 8, 7, 6, 5, 4, 3, 2, 1, 0}, 3);
  const auto cascade = builder.build();
  CascadeRequest request = nobody();
  request.query = "red shoes";
  const CascadeAnswer answer = cascade->recommend(request);
  // Of i0 i1 i2 i3 i4 i7 the pre-ranker keeps i7 i4 i3 i2, the ranker turns them round.
  EXPECT_EQ(names_of(*cascade, answer), (Names{"i2", "i3", "i4"}));
  EXPECT_EQ(answer.items[0].score, 7);
  const auto asked = builder.table("rank")->asked();
  EXPECT_EQ(asked.query, "red shoes");
  // Ranks and scores of the first retriever; i7, which it did not list, has its lowest score.
  EXPECT_EQ(asked.ranks, (std::vector<uint32_t>{0, 5, 4, 3}));
  EXPECT_EQ(asked.scores, (std::vector<float>{1, 1, 2, 3}));
}

TEST(Cascade, ItemsThatARankerLacksAreScoredAsUnknownOnes) {
  CascadeBuilder builder;
  builder.retriever("a", {9, 1}, 2);
  builder.ranker("rank", {0, 5}, 10);  // knows i0 and i1
  const auto cascade = builder.build();
  const CascadeAnswer answer = cascade->recommend(nobody());
  EXPECT_EQ(names_of(*cascade, answer), (Names{"i1", "i9"}));
  EXPECT_EQ(answer.stages[2].unknown, 1u);
}

TEST(Cascade, EqualScoresKeepTheOrderOfTheStageBefore) {
  CascadeBuilder builder;
  builder.retriever("a", {5, 3, 4}, 3);
  builder.ranker("rank", std::vector<float>(10, 1), 3);
  const auto cascade = builder.build();
  EXPECT_EQ(names_of(*cascade, cascade->recommend(nobody())), (Names{"i5", "i3", "i4"}));
}

TEST(Cascade, LeavesOutWhatWasSeenAndWhatTheRequestExcludes) {
  CascadeBuilder builder;
  builder.retriever("a", {0, 1, 2, 3, 4}, 5);
  const auto cascade = builder.build();
  CascadeRequest request = nobody();
  request.history->items = {ItemId{1}};
  request.exclude = {ItemId{3}};
  EXPECT_EQ(names_of(*cascade, cascade->recommend(request)), (Names{"i0", "i2", "i4"}));
  request.exclude_seen = false;
  EXPECT_EQ(names_of(*cascade, cascade->recommend(request)), (Names{"i0", "i1", "i2", "i4"}));
  request.allow = {ItemId{4}, ItemId{3}};
  EXPECT_EQ(names_of(*cascade, cascade->recommend(request)), Names{"i4"});
  request.allow.emplace().clear();
  EXPECT_EQ(names_of(*cascade, cascade->recommend(request)), Names{});
}

TEST(Cascade, AQuotaCountsItemsThatMayBeShown) {
  CascadeBuilder builder;
  builder.retriever("a", {0, 1, 2, 3, 4}, 2);
  builder.config.banned = {"i0"};
  builder.parts.available = Names{"i0", "i2", "i3", "i4", "of another shop"};
  const auto cascade = builder.build();
  EXPECT_EQ(cascade->gate().num_blocked(), 7u);
  EXPECT_EQ(names_of(*cascade, cascade->recommend(nobody())), (Names{"i2", "i3"}));
}

TEST(Cascade, EventsAfterTheRequestAreNotKnownYet) {
  CascadeBuilder builder;
  builder.retriever("a", {0, 1}, 2);
  builder.ranker("rank", std::vector<float>(10, 1), 2);
  const auto cascade = builder.build();
  CascadeRequest request = nobody();
  request.history->items = {ItemId{5}, ItemId{6}};
  request.history->times = {100, 300};
  request.now = 200;
  EXPECT_EQ(cascade->recommend(request).history_length, 1u);
  EXPECT_EQ(builder.table("rank")->asked().history, std::vector<ItemId>{ItemId{5}});
}

TEST(Cascade, RefusesModelsThatTellTimeOtherwise) {
  CascadeBuilder builder;
  builder.retriever("a", {0}, 1);
  builder.ranker("rank", {1}, 1);
  const_cast<RankerBundle&>(*builder.parts.rank.model).time_kind = TimeKind::kOrder;
  try {
    builder.build();
    FAIL() << "two kinds of time";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(),
                 "cascade.toml, key 'rank': found a model of a log of order numbers, expected one "
                 "of a log with a clock as 'a' is");
  }
}

TEST(Cascade, RetrieversInParallelAnswerAsOneAfterTheOther) {
  CascadeBuilder builder;
  builder.retriever("a", {0, 1, 2}, 3);
  builder.retriever("b", {2, 3}, 2).time_ms = 5000;
  const auto serial = builder.build();
  builder.config.parallel_retrieval = true;
  const auto parallel = builder.build();
  EXPECT_EQ(names_of(*parallel, parallel->recommend(nobody())),
            names_of(*serial, serial->recommend(nobody())));
  EXPECT_LE(builder.threads->count(), 3u);  // the first may not be idle again yet
}

TEST(Cascade, ManyRequestsAtOnceAnswerAsSingleOnes) {
  CascadeBuilder builder;
  builder.retriever("a", {0, 1, 2, 3, 4, 5, 6}, 4).time_ms = 10'000;
  builder.retriever("b", {9, 8, 7, 3}, 4);
  builder.ranker("prerank", {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, 6);
  builder.ranker("rank", {3, 1, 4, 1, 5, 9, 2, 6, 5, 3}, 5).time_ms = 10'000;
  builder.config.blend.explore_share = 0.4;
  const auto cascade = builder.build();
  const auto ask = [&](uint32_t i) {
    CascadeRequest request = nobody(3);
    request.history->items = {ItemId{i % 10}};
    return names_of(*cascade, cascade->recommend(request));
  };
  std::vector<Names> expected;
  for (uint32_t i = 0; i < 10; ++i) expected.push_back(ask(i));
  std::vector<std::thread> threads;
  std::atomic<size_t> right{0};
  for (uint32_t t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (uint32_t i = 0; i < 40; ++i) right += ask(i + t) == expected[(i + t) % 10];
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, 160u);
}

}  // namespace
}  // namespace kaskad
