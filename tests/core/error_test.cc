#include "kaskad/core/error.h"

#include <gtest/gtest.h>

#include <cerrno>

#include "kaskad/core/ids.h"
#include "kaskad/core/progress.h"

namespace kaskad {
namespace {

TEST(DataError, NamesFileLineColumnFoundAndExpected) {
  EXPECT_STREQ(data_error("ratings.csv", 7, "timestamp", "'abc'", "a whole number").what(),
               "ratings.csv, line 7, column 'timestamp': found 'abc', expected a whole number");
}

TEST(DataError, LeavesOutWhatIsUnknown) {
  EXPECT_STREQ(data_error("a.parquet", 0, "", "an empty file", "").what(),
               "a.parquet: found an empty file");
}

TEST(SystemError, CarriesTheTextOfTheSystem) {
  EXPECT_STREQ(system_error("open", "x.csv", ENOENT).what(),
               "cannot open 'x.csv': No such file or directory");
}

TEST(Assert, IsABugOfOursAndNoErrorOfTheUsers) {
  try {
    KASKAD_ASSERT(1 + 1 == 3);
    FAIL() << "no exception";
  } catch (const std::logic_error& bug) {
    EXPECT_NE(std::string(bug.what()).find("1 + 1 == 3"), std::string::npos);
  }
}

TEST(Ids, AreDistinctTypes) {
  static_assert(!std::is_convertible_v<UserId, ItemId>);
  static_assert(sizeof(ItemId) == 4);
  EXPECT_EQ(index(ItemId{7}), 7u);
  EXPECT_EQ(index(kNoUser), 0xffffffffu);
}

TEST(Progress, NobodyNeedsToListen) {
  ProgressUpdate update;
  update.stage = "reading";
  report(Progress{}, update);
  std::string heard;
  report([&](const ProgressUpdate& told) { heard = told.stage; }, update);
  EXPECT_EQ(heard, "reading");
}

}  // namespace
}  // namespace kaskad
