#include "kaskad/core/nearest_name.h"

#include <gtest/gtest.h>

namespace kaskad {
namespace {

TEST(NearestName, IsTheOneThatIsSpeltNearlySo) {
  EXPECT_EQ(nearest_name({"dropout", "epochs"}, "dropuot"), "dropout");
  EXPECT_EQ(nearest_name({"mean", "median"}, "meen"), "mean");
  EXPECT_EQ(nearest_name({"dropout", "epochs"}, "colour"), "");
  EXPECT_EQ(nearest_name({}, "dropout"), "");
  EXPECT_EQ(nearest_name({"dropout"}, std::string(1'000'000, 'x')), "");
}

TEST(NearestName, AnErrorListsWhatThereIs) {
  EXPECT_EQ(one_of({"a", "keep"}, "kepe"), "one of: a, keep; did you mean 'keep'?");
  EXPECT_EQ(one_of({"quota"}, "zzz"), "one of: quota");
  EXPECT_EQ(one_of({}, "x"), "none");
}

}  // namespace
}  // namespace kaskad
