#include "kaskad/core/parallel.h"

#include <gtest/gtest.h>

#include <atomic>
#include <numeric>
#include <vector>

#include "kaskad/core/error.h"

namespace kaskad {
namespace {

TEST(DefaultThreads, IsAtLeastOne) { EXPECT_GE(default_threads(), 1); }

TEST(ParallelFor, VisitsEachIndexOnce) {
  for (const int threads : {-1, 0, 1, 2, 7}) {
    for (const size_t count : {0, 1, 2, 1000}) {
      std::vector<int> visits(count);
      parallel_for(count, threads, [&](size_t i, int) { ++visits[i]; });
      EXPECT_EQ(visits, std::vector<int>(count, 1)) << threads << " threads";
    }
  }
}

TEST(ParallelFor, ScratchSpaceOfAWorkerIsItsOwn) {
  constexpr int kThreads = 4;
  std::vector<size_t> sums(kThreads);
  parallel_for(10'000, kThreads, [&](size_t i, int worker) {
    ASSERT_LT(worker, kThreads);
    sums[static_cast<size_t>(worker)] += i;
  });
  EXPECT_EQ(std::accumulate(sums.begin(), sums.end(), size_t{0}), 10'000u * 9'999u / 2);
}

TEST(ParallelFor, FirstExceptionComesOut) {
  for (const int threads : {1, 4}) {
    std::atomic<size_t> visited{0};
    try {
      parallel_for(1'000'000, threads, [&](size_t i, int) {
        ++visited;
        if (i == 10) throw Error("row 10");
      });
      FAIL() << "no exception";
    } catch (const Error& error) {
      EXPECT_STREQ(error.what(), "row 10");
    }
    EXPECT_LT(visited, 1'000'000u) << "the rest is not handed out";
  }
}

TEST(ParallelFor, EveryWorkerMayThrow) {
  EXPECT_THROW(parallel_for(100, 8, [](size_t, int) { throw Error("each"); }), Error);
}

TEST(ParallelFor, LoopsNest) {
  std::atomic<int> count{0};
  parallel_for(8, 4, [&](size_t, int) { parallel_for(8, 2, [&](size_t, int) { ++count; }); });
  EXPECT_EQ(count, 64);
}

}  // namespace
}  // namespace kaskad
