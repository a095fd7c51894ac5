#include "kaskad/core/option_name.h"

#include <gtest/gtest.h>

namespace kaskad {
namespace {

class OptionName : public testing::Test {
 protected:
  ~OptionName() override { name_options_as(OptionStyle::kFlag); }
};

TEST_F(OptionName, IsTheFlagOnTheCommandLine) {
  EXPECT_EQ(option_name("--label-share"), "--label-share");
  EXPECT_EQ(option_name("-o"), "-o");
  EXPECT_EQ(option_set_to("--learn-from", "validation"), "--learn-from validation");
}

TEST_F(OptionName, IsTheArgumentInPython) {
  name_options_as(OptionStyle::kArgument);
  EXPECT_EQ(option_name("--label-share"), "label_share");
  EXPECT_EQ(option_name("--set"), "settings");
  EXPECT_EQ(option_name("-o"), "path");
  EXPECT_EQ(option_name("--user-column"), "columns['user_id']");
  EXPECT_EQ(option_set_to("--learn-from", "validation"), "learn_from = validation");
}

TEST_F(OptionName, IsNothingWherePythonHasNoSuchArgument) {
  name_options_as(OptionStyle::kArgument);
  EXPECT_EQ(option_name("--time"), "");
}

}  // namespace
}  // namespace kaskad
