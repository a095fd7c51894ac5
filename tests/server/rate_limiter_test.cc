#include "kaskad/server/rate_limiter.h"

#include <gtest/gtest.h>

namespace kaskad {
namespace {

using namespace std::chrono_literals;

const RateLimiter::Clock::time_point kBegin = RateLimiter::Clock::time_point() + 1000s;

TEST(RateLimiterTest, TakesAsManyAtOnceAndThenOneAfterTheOther) {
  RateLimiter limiter({.per_second = 10, .at_once = 3});
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(limiter.take("a", kBegin)) << i;
  EXPECT_TRUE(limiter.take("a", kBegin));
  EXPECT_TRUE(limiter.take("a", kBegin + 99ms));
  EXPECT_FALSE(limiter.take("a", kBegin + 100ms));  // 1 / 10 s later there is room for one
  EXPECT_TRUE(limiter.take("a", kBegin + 100ms));
}

TEST(RateLimiterTest, WhoWaitsMaySendAFewTogetherAgain) {
  RateLimiter limiter({.per_second = 10, .at_once = 3});
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(limiter.take("a", kBegin));
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(limiter.take("a", kBegin + 1h)) << i;
  EXPECT_TRUE(limiter.take("a", kBegin + 1h));
}

TEST(RateLimiterTest, WhatIsRefusedCountsForNothing) {
  RateLimiter limiter({.per_second = 1});
  EXPECT_FALSE(limiter.take("a", kBegin));
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(limiter.take("a", kBegin + 500ms));
  EXPECT_FALSE(limiter.take("a", kBegin + 1s));
}

TEST(RateLimiterTest, CountsEachClientForItself) {
  RateLimiter limiter({.per_second = 1});
  EXPECT_FALSE(limiter.take("a", kBegin));
  EXPECT_FALSE(limiter.take("b", kBegin));
  EXPECT_TRUE(limiter.take("a", kBegin));
}

TEST(RateLimiterTest, SaysWhatIsAllowedAndWhenToComeAgain) {
  RateLimiter limiter({.per_second = 0.4});
  EXPECT_FALSE(limiter.take("a", kBegin));
  const MaybeRefusal refusal = limiter.take("a", kBegin);
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->status, 429);
  EXPECT_EQ(refusal->why,
            "found more requests of this client, expected at most 0.4 a second and 1 at once");
  EXPECT_EQ(refusal->retry_after, 3);  // 1 / 0.4 = 2.5 s, as whole seconds
}

TEST(RateLimiterTest, ForgetsTheClientsThatHaveNotAskedForLong) {
  RateLimiter limiter({.per_second = 1, .clients = 2});
  EXPECT_FALSE(limiter.take("a", kBegin));
  EXPECT_FALSE(limiter.take("b", kBegin));
  EXPECT_FALSE(limiter.take("c", kBegin));
  EXPECT_TRUE(limiter.take("a", kBegin));  // among the older ones still
  EXPECT_FALSE(limiter.take("d", kBegin));
  EXPECT_FALSE(limiter.take("e", kBegin));
  EXPECT_FALSE(limiter.take("b", kBegin));  // two have come after it, and two after these
}

TEST(RateLimiterTest, AClientIsWhomTheProxyNamesLast) {
  EXPECT_EQ(client_of("", "10.0.0.1"), "10.0.0.1");
  EXPECT_EQ(client_of("1.2.3.4", "10.0.0.1"), "1.2.3.4");
  EXPECT_EQ(client_of("made up, 1.2.3.4 ", "10.0.0.1"), "1.2.3.4");
  EXPECT_EQ(client_of("made up, ", "10.0.0.1"), "10.0.0.1");
}

TEST(RateLimiterTest, WithoutALimitTakesAll) {
  RateLimiter limiter({});
  EXPECT_FALSE(limiter.limits());
  for (int i = 0; i < 1000; ++i) EXPECT_FALSE(limiter.take("a", kBegin));
}

}  // namespace
}  // namespace kaskad
