#include "kaskad/ranking/history_cache.h"

#include <gtest/gtest.h>

#include <thread>

namespace kaskad {
namespace {

using Key = std::vector<int64_t>;

// `numbers` floats, all `value`.
std::shared_ptr<const EncodedHistory> encoded(float value, size_t numbers = 100) {
  auto history = std::make_shared<EncodedHistory>();
  history->outputs.assign(1, std::vector<float>(numbers, value));
  return history;
}

TEST(HistoryCache, GivesBackWhatWasKept) {
  HistoryCache cache(10'000);
  EXPECT_EQ(cache.find(Key{1, 2}), nullptr);
  cache.insert({1, 2}, encoded(7));
  ASSERT_NE(cache.find(Key{1, 2}), nullptr);
  EXPECT_EQ(cache.find(Key{1, 2})->outputs[0][0], 7);
  EXPECT_EQ(cache.find(Key{2, 1}), nullptr);
  const CacheFigures figures = cache.figures();
  EXPECT_EQ(figures.hits, 2u);
  EXPECT_EQ(figures.misses, 2u);
  EXPECT_EQ(figures.entries, 1u);
  EXPECT_EQ(figures.bytes, 400u + 16u);
}

TEST(HistoryCache, TheLeastRecentlyUsedGoFirst) {
  HistoryCache cache(3 * (400 + 8));
  for (int64_t user = 0; user < 3; ++user) cache.insert({user}, encoded(1));
  cache.find(Key{0});
  cache.insert({3}, encoded(1));
  EXPECT_NE(cache.find(Key{0}), nullptr);
  EXPECT_EQ(cache.find(Key{1}), nullptr);
  EXPECT_NE(cache.find(Key{2}), nullptr);
  EXPECT_EQ(cache.figures().entries, 3u);
}

TEST(HistoryCache, FindsTheLongestBeginning) {
  HistoryCache cache(10'000);
  cache.insert({1, 0, 2, 0}, encoded(2));
  cache.insert({1, 0, 2, 0, 3, 0}, encoded(3));
  size_t length = 0;
  const Key grown = {1, 0, 2, 0, 3, 0, 4, 0, 5, 0};
  EXPECT_EQ(cache.find_beginning(grown, 2, 1, length), nullptr);  // two events are too many
  ASSERT_NE(cache.find_beginning(grown, 2, 2, length), nullptr);
  EXPECT_EQ(length, 6u);
  EXPECT_EQ(cache.find_beginning(grown, 2, 9, length)->outputs[0][0], 3);
  EXPECT_EQ(cache.find_beginning(Key{1, 0, 3, 0, 4, 0}, 2, 9, length), nullptr);
  EXPECT_EQ(cache.find_beginning(Key{1, 0}, 2, 9, length), nullptr);
  EXPECT_EQ(cache.figures().extended, 2u);
}

TEST(HistoryCache, NeverHoldsMoreThanItMay) {
  HistoryCache cache(2'000);
  for (int64_t user = 0; user < 100; ++user) {
    cache.insert({user}, encoded(1, static_cast<size_t>(user) * 7));
    EXPECT_LE(cache.figures().bytes, 2'000u);
  }
  EXPECT_EQ(cache.find(Key{99}), nullptr);  // 693 floats are more than all of it
}

TEST(HistoryCache, WhatIsInUseOutlivesItsPlace) {
  HistoryCache cache(500);
  cache.insert({1}, encoded(5));
  const auto used = cache.find(Key{1});
  cache.insert({2}, encoded(6));
  EXPECT_EQ(cache.find(Key{1}), nullptr);
  EXPECT_EQ(used->outputs[0][99], 5);
}

TEST(HistoryCache, WithoutCapacityNothingIsKept) {
  HistoryCache cache(0);
  cache.insert({1}, encoded(5));
  EXPECT_EQ(cache.find(Key{1}), nullptr);
}

TEST(HistoryCache, ManyThreadsFindTheirOwn) {
  HistoryCache cache(20 * 500);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&cache] {
      for (int64_t i = 0; i < 2000; ++i) {
        const int64_t user = i % 37;
        if (const auto found = cache.find(Key{user})) {
          EXPECT_EQ(found->outputs[0][0], static_cast<float>(user));
        } else {
          cache.insert({user}, encoded(static_cast<float>(user)));
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(cache.figures().bytes, 20u * 500);
}

}  // namespace
}  // namespace kaskad
