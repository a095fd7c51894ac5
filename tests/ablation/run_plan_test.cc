#include "kaskad/ablation/run_plan.h"

#include <gtest/gtest.h>

namespace kaskad {
namespace {

TEST(PlanRuns, BaselineSeedsThenEachComponentOnceThenFurtherSeeds) {
  std::string order;
  for (const AblationRun& run : plan_runs({"a", "b"}, {1, 7})) {
    order += run.component + std::to_string(run.seed) + " ";
  }
  EXPECT_EQ(order, "baseline1 baseline7 a1 b1 a7 b7 ");
}

TEST(ShareThreads, SmallMachinesTrainOneThreadEach) {
  EXPECT_EQ(share_threads(2, 30).jobs, 2);
  EXPECT_EQ(share_threads(2, 30).threads, 1);
  EXPECT_EQ(share_threads(32, 30).jobs, 8);
  EXPECT_EQ(share_threads(32, 30).threads, 4);
}

TEST(ShareThreads, NoMoreProcessesThanRunsOrThanTheUserSays) {
  EXPECT_EQ(share_threads(4, 1).threads, 4);
  EXPECT_EQ(share_threads(4, 30, 1).threads, 4);
  EXPECT_EQ(share_threads(4, 30, 8).jobs, 8);
  EXPECT_EQ(share_threads(4, 30, 8).threads, 1);
}

TEST(JobsInMemory, FourFifthsOfWhatIsFreeIsTaken) {
  EXPECT_EQ(jobs_in_memory(8, 1000, 200), 4);  // 800 / 200
  EXPECT_EQ(jobs_in_memory(3, 1000, 200), 3);
  EXPECT_EQ(jobs_in_memory(8, 1000, 5000), 1);  // one may try
  EXPECT_EQ(jobs_in_memory(8, 1000, 0), 8);     // nothing ended yet
}

TEST(FitsBudget, ARunThatWouldEndLaterIsNotBegun) {
  EXPECT_TRUE(fits_budget(60, 0, 0));
  EXPECT_TRUE(fits_budget(60, 50, 10));
  EXPECT_FALSE(fits_budget(60, 51, 10));
  EXPECT_TRUE(fits_budget(0, 1e9, 1e9));  // no budget
}

}  // namespace
}  // namespace kaskad
