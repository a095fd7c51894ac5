// Stages that throw, hang or give NaN: what stands in for them, and that the answer says so.
#include <gtest/gtest.h>

#include <chrono>

#include "tests/cascade/fakes.h"

namespace kaskad {
namespace {

using Names = std::vector<std::string>;
using namespace std::chrono_literals;

class FallbackTest : public testing::Test {
 protected:
  void SetUp() override {
    builder_.retriever("a", {0, 1, 2, 3}, 4);
    builder_.ranker("rank", {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, 3);
  }
  void TearDown() override {
    for (auto& [name, behaviour] : builder_.behaviours) behaviour->let_go();
  }
  Behaviour& rank() { return *builder_.behaviour("rank"); }

  CascadeBuilder builder_;
};

TEST_F(FallbackTest, SkipPassesOnInTheOrderThatItHad) {
  const auto cascade = builder_.build();
  EXPECT_EQ(names_of(*cascade, cascade->recommend(nobody())), (Names{"i3", "i2", "i1"}));
  rank().mood = Mood::kThrows;
  const CascadeAnswer answer = cascade->recommend(nobody());
  EXPECT_EQ(names_of(*cascade, answer), (Names{"i0", "i1", "i2"}));  // the budget holds
  EXPECT_EQ(degraded(answer), Names{"rank exception skip"});
  EXPECT_EQ(answer.stages[2].fault->why, "it failed: thrown on purpose");
}

TEST_F(FallbackTest, NanIsNoAnswer) {
  const auto cascade = builder_.build();
  rank().mood = Mood::kNan;
  const CascadeAnswer answer = cascade->recommend(nobody());
  EXPECT_EQ(names_of(*cascade, answer), (Names{"i0", "i1", "i2"}));
  EXPECT_EQ(degraded(answer), Names{"rank not_a_number skip"});
}

TEST_F(FallbackTest, AHangingStageIsLeftBehindAtItsDeadline) {
  builder_.config.rank->time_ms = 400;
  const auto cascade = builder_.build();
  EXPECT_EQ(degraded(cascade->recommend(nobody())), Names{});
  rank().mood = Mood::kHangs;
  const auto began = std::chrono::steady_clock::now();
  const CascadeAnswer answer = cascade->recommend(nobody());
  EXPECT_LT(std::chrono::steady_clock::now() - began, 5s);
  EXPECT_EQ(names_of(*cascade, answer), (Names{"i0", "i1", "i2"}));
  EXPECT_EQ(degraded(answer), Names{"rank time skip"});
  EXPECT_EQ(answer.stages[2].fault->why, "no answer within 400 ms");
  EXPECT_EQ(cascade->rank()->guard().abandoned(), 1u);
  rank().mood = Mood::kGood;
  EXPECT_EQ(degraded(cascade->recommend(nobody())), Names{});
  rank().let_go();
  for (int i = 0; i < 500 && cascade->rank()->guard().abandoned() > 0; ++i) {
    std::this_thread::sleep_for(10ms);
  }
  EXPECT_EQ(cascade->rank()->guard().abandoned(), 0u);
}

TEST_F(FallbackTest, HangingCallsTakeABoundedNumberOfThreads) {
  builder_.config.rank->time_ms = 5;
  builder_.config.breaker = {.failures = 1000, .open_ms = 0, .most_abandoned = 2};
  const auto cascade = builder_.build();
  rank().mood = Mood::kHangs;
  Names reasons;
  for (int i = 0; i < 6; ++i) reasons.push_back(degraded(cascade->recommend(nobody())).at(0));
  EXPECT_EQ(reasons, (Names{"rank time skip", "rank time skip", "rank busy skip", "rank busy skip",
                            "rank busy skip", "rank busy skip"}));
  // A call may be given up before its thread has come to it.
  for (int i = 0; i < 1000 && rank().calls < 2; ++i) std::this_thread::sleep_for(10ms);
  EXPECT_EQ(rank().calls, 2u);
  EXPECT_EQ(builder_.threads->count(), 2u);
}

TEST_F(FallbackTest, ACascadeMayEndBeforeACallThatHangs) {
  builder_.config.rank->time_ms = 5;
  rank().mood = Mood::kHangs;
  builder_.build()->recommend(nobody());
  builder_.parts = {};  // the abandoned call holds the model alone
  rank().let_go();
  SUCCEED();
}

TEST_F(FallbackTest, TheBreakerSkipsAStageThatKeepsFailing) {
  builder_.config.breaker = {.failures = 2, .open_ms = 3'600'000, .most_abandoned = 4};
  const auto cascade = builder_.build();
  rank().mood = Mood::kThrows;
  Names reasons;
  for (int i = 0; i < 4; ++i) reasons.push_back(degraded(cascade->recommend(nobody())).at(0));
  EXPECT_EQ(reasons, (Names{"rank exception skip", "rank exception skip", "rank breaker skip",
                            "rank breaker skip"}));
  EXPECT_EQ(rank().calls, 2u);
  EXPECT_EQ(cascade->rank()->guard().breaker(), Breaker::State::kOpen);
}

TEST_F(FallbackTest, AStageThatIsWellAgainIsBack) {
  builder_.config.breaker = {.failures = 1, .open_ms = 0, .most_abandoned = 4};
  const auto cascade = builder_.build();
  rank().mood = Mood::kThrows;
  EXPECT_EQ(degraded(cascade->recommend(nobody())), Names{"rank exception skip"});
  EXPECT_EQ(cascade->rank()->guard().breaker(), Breaker::State::kOpen);
  rank().mood = Mood::kGood;
  EXPECT_EQ(degraded(cascade->recommend(nobody())), Names{});
  EXPECT_EQ(cascade->rank()->guard().breaker(), Breaker::State::kClosed);
}

TEST(Breaker, IsOpenForAWhileThenTriesOnce) {
  Breaker breaker({.failures = 2, .open_ms = 100, .most_abandoned = 1});
  const Breaker::Clock::time_point now{};
  breaker.failed(now);
  breaker.succeeded();  // begins the count anew
  breaker.failed(now);
  EXPECT_TRUE(breaker.allows(now));
  breaker.failed(now);
  EXPECT_FALSE(breaker.allows(now + 99ms));
  EXPECT_TRUE(breaker.allows(now + 100ms));  // one call tries it
  EXPECT_EQ(breaker.state(), Breaker::State::kTrying);
  EXPECT_FALSE(breaker.allows(now + 100ms));
  breaker.failed(now + 110ms);  // one failure is enough now
  EXPECT_FALSE(breaker.allows(now + 209ms));
  EXPECT_TRUE(breaker.allows(now + 210ms));
  breaker.succeeded();
  EXPECT_TRUE(breaker.allows(now + 210ms));
  EXPECT_TRUE(breaker.allows(now + 210ms));
}

TEST_F(FallbackTest, AnotherBundleStandsIn) {
  builder_.rank_falls_back({5, 9, 7, 8});
  const auto cascade = builder_.build();
  rank().mood = Mood::kThrows;
  CascadeAnswer answer = cascade->recommend(nobody());
  EXPECT_EQ(names_of(*cascade, answer), (Names{"i1", "i3", "i2"}));
  EXPECT_EQ(degraded(answer), Names{"rank exception bundle"});
  builder_.behaviour("rank.fallback")->mood = Mood::kNan;
  answer = cascade->recommend(nobody());
  EXPECT_EQ(names_of(*cascade, answer), (Names{"i0", "i1", "i2"}));
  EXPECT_EQ(degraded(answer), (Names{"rank exception bundle", "rank.fallback not_a_number skip"}));
}

TEST_F(FallbackTest, TheLastGoodAnswerOfAUserStandsIn) {
  builder_.config.rank->fallback = Fallback::kLastGood;
  const auto cascade = builder_.build();
  const CascadeAnswer good = cascade->recommend(somebody("u1"));
  rank().mood = Mood::kThrows;
  CascadeAnswer answer = cascade->recommend(somebody("u1"));
  EXPECT_EQ(names_of(*cascade, answer), names_of(*cascade, good));
  EXPECT_EQ(degraded(answer), Names{"rank exception last_good"});
  // Not of what may not be shown any more, and not for others.
  CascadeRequest request = somebody("u1");
  request.exclude = {ItemId{3}};
  EXPECT_EQ(names_of(*cascade, cascade->recommend(request)), (Names{"i2", "i1"}));
  answer = cascade->recommend(somebody("u2"));
  EXPECT_EQ(degraded(answer), Names{"rank exception skip"});
  EXPECT_EQ(names_of(*cascade, answer), (Names{"i0", "i1", "i2"}));
}

TEST(RetrieverFallback, TheOthersAnswerWithoutOne) {
  CascadeBuilder builder;
  builder.retriever("a", {0, 1}, 2);
  builder.retriever("b", {2, 3}, 2).time_ms = 400;
  const auto cascade = builder.build();
  for (const auto& [mood, reason] :
       {std::pair(Mood::kThrows, "b exception skip"), std::pair(Mood::kNan, "b not_a_number skip"),
        std::pair(Mood::kHangs, "b time skip")}) {
    builder.behaviour("b")->mood = mood;
    const CascadeAnswer answer = cascade->recommend(nobody());
    EXPECT_EQ(names_of(*cascade, answer), (Names{"i0", "i1"}));
    EXPECT_EQ(degraded(answer), Names{reason});
  }
  builder.behaviour("a")->mood = Mood::kThrows;
  EXPECT_EQ(names_of(*cascade, cascade->recommend(nobody())), Names{});  // and no exception
  builder.behaviour("b")->let_go();
}

TEST(RetrieverFallback, AnotherBundleOrTheLastGoodListStandsIn) {
  CascadeBuilder builder;
  builder.retriever("a", {0, 1}, 2);
  builder.retriever_falls_back({5, 4});
  builder.retriever("b", {2, 3}, 2).fallback = Fallback::kLastGood;
  const auto cascade = builder.build();
  EXPECT_EQ(names_of(*cascade, cascade->recommend(somebody("u"))), (Names{"i0", "i2", "i1", "i3"}));
  builder.behaviour("a")->mood = builder.behaviour("b")->mood = Mood::kThrows;
  const CascadeAnswer answer = cascade->recommend(somebody("u"));
  EXPECT_EQ(names_of(*cascade, answer), (Names{"i5", "i2", "i4", "i3"}));
  EXPECT_EQ(degraded(answer), (Names{"a exception bundle", "b exception last_good"}));
}

TEST(RetrieverFallback, TheLastGoodListOfASearchIsThatOfTheSameQuery) {
  CascadeBuilder builder;
  builder.retriever("user", {0, 1}, 2).fallback = Fallback::kLastGood;
  builder.retriever("text", {5}, 1).fallback = Fallback::kLastGood;
  builder.behaviour("text")->reads_query = true;
  const auto cascade = builder.build();
  CascadeRequest request = somebody("u");
  request.query = "hat";
  cascade->recommend(request);
  builder.behaviour("user")->mood = builder.behaviour("text")->mood = Mood::kThrows;
  EXPECT_EQ(names_of(*cascade, cascade->recommend(request)), (Names{"i0", "i5", "i1"}));
  request.query = "shoes";
  const CascadeAnswer answer = cascade->recommend(request);
  EXPECT_EQ(names_of(*cascade, answer), (Names{"i0", "i1"}));
  EXPECT_EQ(degraded(answer), (Names{"user exception last_good", "text exception skip"}));
}

TEST(StageThreads, RefuseWhatIsBeyondTheirNumber) {
  StageThreads threads(1);
  std::atomic<bool> held{true}, done{false};
  ASSERT_TRUE(threads.take([&] {
    held.wait(true);
    done = true;
  }));
  EXPECT_FALSE(threads.take([] {}));
  held = false;
  held.notify_all();
  while (!done) std::this_thread::sleep_for(1ms);
  bool taken = false;
  for (int i = 0; i < 500 && !taken; ++i) {
    taken = threads.take([] {});
    if (!taken) std::this_thread::sleep_for(1ms);
  }
  EXPECT_TRUE(taken);
  EXPECT_EQ(threads.count(), 1u);
}

TEST(LastGoodLists, TheUsersOfLongAgoGoFirst) {
  LastGood lists(2);
  lists.keep("a", {{ItemId{1}, 1}});
  lists.keep("b", {{ItemId{2}, 1}});
  lists.keep("a", {{ItemId{3}, 1}});
  lists.keep("c", {});
  EXPECT_EQ(lists.find("b"), std::nullopt);
  EXPECT_EQ(lists.find("a")->at(0).item, ItemId{3});
  EXPECT_TRUE(lists.find("c")->empty());
}

}  // namespace
}  // namespace kaskad
