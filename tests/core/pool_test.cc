#include "kaskad/core/pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <thread>

namespace kaskad {
namespace {

struct Counted {
  explicit Counted(int first) : number(first) {}
  int number;
  std::atomic<bool> lent{false};
};

class PoolTest : public testing::Test {
 protected:
  std::atomic<int> made_{0};
  Pool<Counted> pool_{[this] { return std::make_unique<Counted>(++made_); }};
};

TEST_F(PoolTest, LendsTheSameObjectAgainAsItWasLeft) {
  {
    Pool<Counted>::Loan(pool_)->number = 7;
  }
  EXPECT_EQ(Pool<Counted>::Loan(pool_)->number, 7);
  EXPECT_EQ(made_, 1);
}

TEST_F(PoolTest, MakesAnotherWhileOneIsLent) {
  const Pool<Counted>::Loan first(pool_);
  const Pool<Counted>::Loan second(pool_);
  EXPECT_NE(&*first, &*second);
  EXPECT_EQ(made_, 2);
}

TEST_F(PoolTest, WhatAnExceptionLeavesBehindIsNotLentAgain) {
  try {
    const Pool<Counted>::Loan loan(pool_);
    loan->number = -1;
    throw std::runtime_error("half done");
  } catch (const std::runtime_error&) {
  }
  EXPECT_EQ(Pool<Counted>::Loan(pool_)->number, 2);
}

TEST_F(PoolTest, NoTwoThreadsHaveTheSameObject) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([this] {
      for (int turn = 0; turn < 200; ++turn) {
        const Pool<Counted>::Loan loan(pool_);
        EXPECT_FALSE(loan->lent.exchange(true));
        loan->lent = false;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(made_, 4);
}

}  // namespace
}  // namespace kaskad
