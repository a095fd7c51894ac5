#include "kaskad/core/stop.h"

#include <gtest/gtest.h>

#include <atomic>

#include "kaskad/core/parallel.h"

namespace kaskad {
namespace {

TEST(Stop, WithoutAScopeNothingIsLookedAt) {
  EXPECT_EQ(current_stop(), nullptr);
  EXPECT_NO_THROW(check_stop(current_stop()));
}

TEST(Stop, ScopesNest) {
  const StopFlag outer = false, inner = true;
  const StopScope a(&outer);
  {
    const StopScope b(&inner);
    EXPECT_THROW(check_stop(current_stop()), Stopped);
    const StopScope none(nullptr);
    EXPECT_NO_THROW(check_stop(current_stop()));
  }
  EXPECT_EQ(current_stop(), &outer);
}

TEST(Stop, EndsALoopBeforeItsNextIndex) {
  for (const int threads : {1, 4}) {
    StopFlag stop = false;
    const StopScope scope(&stop);
    std::atomic<int> begun = 0;
    EXPECT_THROW(parallel_for(10'000, threads,
                              [&](size_t, int) {
                                ++begun;
                                stop = true;
                              }),
                 Stopped);
    EXPECT_LE(begun, threads);
  }
}

// A loop within a loop runs on threads that nobody gave a scope.
TEST(Stop, ReachesLoopsWithinLoops) {
  StopFlag stop = false;
  const StopScope scope(&stop);
  std::atomic<int> begun = 0;
  EXPECT_THROW(parallel_for(2, 2,
                            [&](size_t, int) {
                              parallel_for(10'000, 2, [&](size_t, int) {
                                ++begun;
                                stop = true;
                              });
                            }),
               Stopped);
  EXPECT_LE(begun, 4);
}

TEST(Stop, LeavesLoopsOfOtherThreadsAlone) {
  const StopFlag stop = true;
  std::atomic<int> done = 0;
  {
    const StopScope scope(&stop);
    EXPECT_THROW(parallel_for(3, 1, [](size_t, int) {}), Stopped);
  }
  parallel_for(3, 2, [&](size_t, int) { ++done; });
  EXPECT_EQ(done, 3);
}

}  // namespace
}  // namespace kaskad
