#include "kaskad/experiment/config.h"

#include <gtest/gtest.h>

#include "tests/temp_dir.h"

namespace kaskad {
namespace {

constexpr const char* kExperiment = R"(name = "spring"
holdout = 0.05

[[layer]]
name = "ranker"
rest = "control"

[[layer.arm]]
name = "control"

[[layer.arm]]
name = "amortized"
share = 0.3
cascade = "full/cascade.toml"

[[layer]]
name = "blend"
salt = "blend-2"
control = "plain"

[[layer.arm]]
name = "diverse"
share = 0.25
set = { "blend.mmr.lambda" = 0.7, rank.fallback = "skip", retriever = [1, 2] }

[[layer.arm]]
name = "plain"
share = 0.25
)";

std::string experiment_fault(const std::string& text) {
  try {
    ExperimentConfig::parse(text, "experiment.toml");
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

// The first text of that experiment, with one part put in the place of another.
std::string changed(const std::string& from, const std::string& to) {
  std::string text = kExperiment;
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(ExperimentConfig, ArmsAreTakenDownOnlyWhereTheFileSaysSo) {
  EXPECT_FALSE(ExperimentConfig::parse(kExperiment, "e.toml").take_down);
  const auto usual = ExperimentConfig::parse(kExperiment + std::string("[take_down]\n"), "e.toml");
  ASSERT_TRUE(usual.take_down);
  EXPECT_EQ(usual.take_down->metric, "sifr");
  EXPECT_EQ(usual.take_down->margin, 0);
  EXPECT_EQ(usual.take_down->degraded, 0.05);
  const auto own = ExperimentConfig::parse(
      kExperiment + std::string("[take_down]\nmetric = \"ctr\"\nmargin = 0.1\ndegraded = 1\n"), "");
  EXPECT_EQ(own.take_down->metric, "ctr");
  EXPECT_EQ(own.take_down->margin, 0.1);
  EXPECT_EQ(own.take_down->degraded, 1);
  EXPECT_NE(experiment_fault(kExperiment + std::string("[take_down]\nmetric = \"crt\"\n"))
                .find("found 'crt', expected one of: sifr, ctr; did you mean 'ctr'?"),
            std::string::npos);
  EXPECT_NE(experiment_fault(kExperiment + std::string("[take_down]\nmargin = 2\n"))
                .find("expected a number of 0 to 1"),
            std::string::npos);
}

TEST(ExperimentConfig, LayersArmsAndSharesAreRead) {
  const ExperimentConfig config = ExperimentConfig::parse(kExperiment, "shop/experiment.toml");
  EXPECT_EQ(config.name, "spring");
  EXPECT_EQ(config.salt, "spring");
  EXPECT_EQ(config.holdout, 0.05);
  ASSERT_EQ(config.layers.size(), 2u);
  const ExperimentLayer& ranker = config.layers[0];
  EXPECT_EQ(ranker.salt, "ranker");
  EXPECT_EQ(ranker.control, 0u);
  ASSERT_EQ(ranker.arms.size(), 2u);
  EXPECT_DOUBLE_EQ(ranker.arms[0].share, 0.7);  // the rest: 1 - 0.3
  EXPECT_FALSE(ranker.arms[0].cascade);
  EXPECT_EQ(ranker.arms[1].cascade, "shop/full/cascade.toml");
  EXPECT_EQ(ranker.rest(), 0);
  const ExperimentLayer& blend = config.layers[1];
  EXPECT_EQ(blend.salt, "blend-2");
  EXPECT_EQ(blend.control, 1u);
  EXPECT_DOUBLE_EQ(blend.rest(), 0.5);
}

TEST(ExperimentConfig, OverridesKeepPathValueAndPlace) {
  const auto config = ExperimentConfig::parse(kExperiment, "experiment.toml");
  const std::vector<TomlEntry>& set = config.layers[1].arms[0].overrides;
  ASSERT_EQ(set.size(), 3u);
  EXPECT_EQ(set[0].key, "blend.mmr.lambda");
  EXPECT_EQ(set[0].value, "0.7");
  EXPECT_EQ(set[0].place.text, "experiment.toml, line 24, key 'layer.arm.set.blend.mmr.lambda'");
  EXPECT_EQ(set[1].key, "rank.fallback");
  EXPECT_EQ(set[1].value, "'skip'");
  EXPECT_EQ(set[2].value, "[ 1, 2 ]");
}

TEST(ExperimentConfig, TheControlIsNamedCalledControlOrTheFirst) {
  const char* const kArms = R"(name = "e"
[[layer]]
name = "l"
[[layer.arm]]
name = "a"
share = 0.5
[[layer.arm]]
name = "b"
share = 0.5)";
  EXPECT_EQ(ExperimentConfig::parse(kArms, "x").layers[0].control, 0u);
  EXPECT_EQ(ExperimentConfig::parse(
                changed("name = \"ranker\"\n", "name = \"ranker\"\ncontrol = \"amortized\"\n"), "x")
                .layers[0]
                .control,
            1u);
}

TEST(ExperimentConfig, ErrorsNamePlaceFoundAndAllowed) {
  EXPECT_EQ(experiment_fault(""),
            "experiment.toml, line 1, key 'name': found nothing, expected the key");
  EXPECT_EQ(experiment_fault("name = 'x'"),
            "experiment.toml: found no layer, expected at least one [[layer]]");
  EXPECT_EQ(experiment_fault(changed("holdout = 0.05", "holdout = 1")),
            "experiment.toml, line 2, key 'holdout': found 1, expected a number of 0 to 0.99");
  EXPECT_EQ(
      experiment_fault(changed("holdout", "holdou")),
      "experiment.toml, line 2, key 'holdou': found an unknown key, expected one of: holdout, "
      "layer, name, salt, take_down; did you mean 'holdout'?");
  EXPECT_EQ(experiment_fault(changed("share = 0.3", "share = 1.3")),
            "experiment.toml, line 13, key 'layer.arm.share': found 1.3, expected a number of "
            "0.0001 to 1");
  EXPECT_EQ(experiment_fault(changed("share = 0.3", "share = 1")),
            "experiment.toml, line 6, key 'layer.rest': found nothing left for 'control', expected "
            "shares of less than 1 together");
  EXPECT_EQ(experiment_fault(changed("rest = \"control\"", "rest = \"contrl\"")),
            "experiment.toml, line 8, key 'layer.arm.share': found nothing, expected a share: the "
            "layer's rest goes to 'contrl'");
  EXPECT_EQ(
      experiment_fault(changed("control = \"plain\"", "control = \"plan\"")),
      "experiment.toml, line 19, key 'layer.control': found 'plan', expected one of: diverse, "
      "plain; did you mean 'plain'?");
  EXPECT_EQ(experiment_fault(changed("name = \"plain\"", "name = \"diverse\"")),
            "experiment.toml, line 27, key 'layer.arm.name': found 'diverse', expected a name that "
            "no other arm of the layer has");
  EXPECT_EQ(experiment_fault(changed("name = \"blend\"", "name = \"a b\"")),
            "experiment.toml, line 17, key 'layer.name': found 'a b', expected letters, digits, "
            "'_', '-' and '.'");
}

TEST(ExperimentConfig, SharesAreAtMostOneTogether) {
  EXPECT_NE(experiment_fault(changed("share = 0.25\nset", "share = 0.8\nset"))
                .find("key 'layer.arm': found shares of together 1.05, expected at most 1"),
            std::string::npos);
}

// Two layers of one salt would give every user the same place in both: not orthogonal.
TEST(ExperimentConfig, LayersHaveSaltsOfTheirOwn) {
  EXPECT_NE(experiment_fault(changed("salt = \"blend-2\"", "salt = \"ranker\""))
                .find("line 18, key 'layer.salt': found 'ranker', which layer 'ranker' has"),
            std::string::npos);
}

TEST(ExperimentConfig, AKeyIsSetOnce) {
  EXPECT_NE(experiment_fault(changed("rank.fallback = \"skip\"", "blend = { mmr.lambda = 1 }"))
                .find("key 'layer.arm.set': found 'blend.mmr.lambda' twice"),
            std::string::npos);
}

TEST(ExperimentConfig, IsReadFromAFile) {
  const TempDir directory;
  const std::string path = directory.write("experiment.toml", kExperiment);
  EXPECT_EQ(ExperimentConfig::from_toml(path).layers.size(), 2u);
  EXPECT_THROW(ExperimentConfig::from_toml(directory / "none.toml"), Error);
}

}  // namespace
}  // namespace kaskad
