#include "kaskad/server/one_thread.h"

#include <gtest/gtest.h>

#include <set>

#include "kaskad/core/error.h"

namespace kaskad {
namespace {

TEST(OneThread, DoesAllWorkItselfWhoeverAsks) {
  OneThread one;
  std::set<std::thread::id> done_by, asked_by;
  for (int i = 0; i < 5; ++i) {
    std::thread([&] {
      asked_by.insert(std::this_thread::get_id());
      one.run([&] { done_by.insert(std::this_thread::get_id()); });
    }).join();
  }
  EXPECT_EQ(done_by.size(), 1U);
  EXPECT_FALSE(asked_by.contains(*done_by.begin()));
}

TEST(OneThread, WhatTheWorkThrowsReachesWhoAsked) {
  OneThread one;
  EXPECT_THROW(one.run([] { throw Error("broken"); }), Error);
  bool done = false;
  one.run([&] { done = true; });
  EXPECT_TRUE(done) << "and the next is done";
}

TEST(OneThread, WithoutWorkThereIsNoThread) { const OneThread idle; }

}  // namespace
}  // namespace kaskad
