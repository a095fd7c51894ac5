// Cascades of an experiment: who gets which, what is shared, and what is said of arms that cannot
// be served.
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <set>

#include "kaskad/cascade/cascade_arms.h"
#include "kaskad/core/error.h"
#include "tests/model/battery_log.h"
#include "tests/model/counting_retriever.h"
#include "tests/temp_dir.h"

namespace kaskad {
namespace {

// Two bundles of the same model; the second banned by nobody but named otherwise.
std::string counting_bundle() {
  static const std::string path = [] {
    register_retriever("counting", [](const std::string& from, const std::string&) {
      return CountingRetriever::load(from);
    });
    const std::string to = battery_directory("arms") + "/bundle";
    const auto model = CountingRetriever::fit(battery_dataset());
    BundleContents contents;
    contents.dataset = &battery_dataset();
    contents.history_end.assign(battery_dataset().num_users(), 6);
    contents.now = 130 * kDayMs;
    write_bundle(to, contents, *model, [&](const std::string& place) { model->save(place); });
    return to;
  }();
  return path;
}

class ArmsTest : public testing::Test {
 protected:
  void SetUp() override {
    base_ = directory_.write("base.toml", cascade("banned = [\"item-0\"]"));
    directory_.write("other.toml", cascade("banned = []", 7));
  }

  static std::string cascade(const std::string& filter, int quota = 5) {
    return "[[retriever]]\nname = \"count\"\nbundle = \"" + counting_bundle() +
           "\"\nquota = " + std::to_string(quota) + "\n[filter]\n" + filter + "\n";
  }

  CascadeArms load(const std::string& layers, const std::string& name = "trial") {
    const std::string path =
        directory_.write("experiment.toml", "name = \"" + name + "\"\nholdout = 0.1\n" + layers);
    return CascadeArms(ExperimentConfig::from_toml(path), base_, std::make_shared<StageThreads>());
  }
  std::string fault(const std::string& layers) {
    try {
      load(layers);
    } catch (const Error& error) {
      std::string what = error.what();
      for (size_t at; (at = what.find(directory_.path() + "/")) != std::string::npos;) {
        what.erase(at, directory_.path().size() + 1);
      }
      return what;
    }
    return "none";
  }

  static std::string arm(const std::string& layer, const std::string& a, const std::string& b) {
    return "[[layer]]\nname = \"" + layer + "\"\n[[layer.arm]]\nname = \"control\"\nshare = 0.5\n" +
           a + "\n[[layer.arm]]\nname = \"new\"\nshare = 0.4\n" + b + "\n";
  }

  TempDir directory_;
  std::string base_;
};

TEST_F(ArmsTest, AUserGetsTheCascadeOfItsArms) {
  const CascadeArms arms = load(arm("items", "", "cascade = \"other.toml\"") +
                                arm("blend", "", "set = { \"blend.explore.share\" = 0.25 }"));
  std::map<std::string, size_t> users;
  for (int user = 0; user < 4000; ++user) {
    const std::string name = "u" + std::to_string(user);
    const CascadeArms::Choice choice = arms.choose(name);
    std::map<std::string, std::string> by_layer(choice.arms.begin(), choice.arms.end());
    const CascadeConfig& config = choice.cascade->config();
    ASSERT_EQ(config.banned.empty(), by_layer["items"] == "new");
    ASSERT_EQ(config.blend.explore_share, by_layer["blend"] == "new" ? 0.25 : 0);
    ASSERT_EQ(arms.choose(name).arms, choice.arms);
    ++users[by_layer["items"] + "/" + by_layer["blend"]];
  }
  EXPECT_NEAR(static_cast<double>(users["/"]), 4000 * (0.1 + 0.9 * 0.01), 80) << "held out, rest";
  EXPECT_NEAR(static_cast<double>(users["control/control"]), 4000 * 0.9 * 0.25, 110);
  EXPECT_NEAR(static_cast<double>(users["new/new"]), 4000 * 0.9 * 0.16, 90);
  EXPECT_EQ(arms.choose(std::nullopt).cascade, arms.base().get());
  EXPECT_TRUE(arms.choose(std::nullopt).arms.empty());
}

TEST_F(ArmsTest, UsersOfAnArmThatIsTakenDownGetTheControlsCascadeAndNoArm) {
  const CascadeArms arms = load(arm("items", "", "cascade = \"other.toml\"") +
                                arm("blend", "", "set = { \"blend.explore.share\" = 0.25 }"));
  std::map<std::string, CascadeArms::Choice> before;
  for (int user = 0; user < 500; ++user) {
    before["u" + std::to_string(user)] = arms.choose("u" + std::to_string(user));
  }
  EXPECT_TRUE(arms.take_down(0, 1));
  EXPECT_FALSE(arms.take_down(0, 1)) << "it was down";
  EXPECT_TRUE(arms.is_down(0, 1));
  EXPECT_FALSE(arms.is_down(1, 1));
  size_t moved = 0;
  for (auto& [user, choice] : before) {
    const CascadeArms::Choice after = arms.choose(user);
    ASSERT_TRUE(after.cascade->config().banned == arms.base()->config().banned);
    if (std::erase(choice.arms, std::pair<std::string, std::string>("items", "new")) > 0) {
      ++moved;
    } else {
      ASSERT_EQ(after.cascade, choice.cascade);
    }
    ASSERT_EQ(after.arms, choice.arms) << "the other layer goes on";
    ASSERT_EQ(after.cascade->config().blend.explore_share,
              choice.cascade->config().blend.explore_share);
  }
  EXPECT_GT(moved, 100U);
}

TEST_F(ArmsTest, ArmsShareWhatIsTheSame) {
  const CascadeArms arms = load(arm("items", "", "cascade = \"other.toml\"") +
                                arm("blend", "", "set = { \"blend.explore.share\" = 0.25 }"));
  ASSERT_EQ(arms.distinct().size(), 4U) << "of 9 combinations";
  std::set<const Bundle*> bundles;
  std::set<std::string> versions;
  for (const auto& cascade : arms.distinct()) {
    bundles.insert(&cascade->retrievers()[0]->bundle());
    versions.insert(cascade->version());
  }
  EXPECT_EQ(bundles.size(), 1U);
  EXPECT_EQ(versions.size(), 4U) << "an answer says which it comes from";
}

TEST_F(ArmsTest, AnArmThatCannotBeServedIsNamed) {
  EXPECT_EQ(fault(arm("l", "", "set = { \"blend.explore.share\" = 7 }")),
            "experiment.toml, arm 'new' of layer 'l': experiment.toml, line 12, key "
            "'layer.arm.set.blend.explore.share', as base.toml, key 'blend.explore.share': found "
            "7, expected a number of 0 to 1");
  EXPECT_NE(fault(arm("l", "", "cascade = \"gone.toml\"")).find("there is no file 'gone.toml'"),
            std::string::npos);
  EXPECT_NE(fault(arm("l", "", "set = { blenda = 1 }")).find("expected one of"), std::string::npos);
  EXPECT_NE(fault(arm("l", "", "set = { \"retriever.quota\" = 1 }"))
                .find("found no table 'retriever' to put it into but a list"),
            std::string::npos);
}

TEST_F(ArmsTest, LayersMustNotMeet) {
  const std::string set = "set = { \"blend.explore.share\" = 0.25 }";
  EXPECT_NE(fault(arm("a", "", set) + arm("b", "", set))
                .find("expected layers that leave each other's keys alone"),
            std::string::npos);
  const std::string third = directory_.write("third.toml", cascade("banned = []", 3));
  EXPECT_NE(
      fault(arm("a", "", "cascade = \"other.toml\"") + arm("b", "", "cascade = \"third.toml\""))
          .find("expected cascades of their own in one layer alone"),
      std::string::npos);
  std::string many;
  for (int i = 0; i < 4; ++i) many += arm("l" + std::to_string(i), "", "");
  EXPECT_NE(fault(many).find("more than 64 combinations of arms"), std::string::npos);
}

}  // namespace
}  // namespace kaskad
