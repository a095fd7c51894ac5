// From the lines of a log to the verdict.
#include "kaskad/experiment/read_log.h"

#include <gtest/gtest.h>

#include <cmath>

#include "kaskad/core/day.h"
#include "kaskad/experiment/verdict.h"
#include "tests/experiment/event_lines.h"

namespace kaskad::ab {
namespace {

ReadLog read(const std::string& text, const AttributionOptions& options = {}) {
  EventLog log(text, "events.jsonl", OnError::kFail);
  return read_log(log, options, "sifr");
}

Analysis analysed(const std::string& text, const AnalysisOptions& options = {},
                  const AttributionOptions& attribution = {}) {
  const ReadLog log = read(text, attribution);
  return analyse(log.population, log.metrics, log.days, options);
}

const ArmFigure& figure_in(const Analysis& analysis, size_t arm, const std::string& metric) {
  const Metric& found = find_metric(analysis.metrics, metric);
  return analysis.layers.at(0).arms.at(arm).figures.at(
      static_cast<size_t>(&found - analysis.metrics.data()));
}

TEST(Analysis, FiguresAreThoseOfTheLog) {
  // Two users an arm. control: pages 2 + 1, useful 1 + 0, items 4 + 2, clicks 1.
  const Analysis analysis = analysed(
      page_line(1, "a", "control", {"x", "y"}) + click_line(2, "a", "x") +
      page_line(3, "a", "control", {"x", "y"}) + page_line(4, "b", "control", {"x", "y"}) +
      page_line(5, "c", "new", {"x"}) + click_line(6, "c", "x") + page_line(7, "d", "new", {"x"}));
  EXPECT_NEAR(figure_in(analysis, 0, "sifr").value.value, 1.0 / 3, 1e-12);
  EXPECT_NEAR(figure_in(analysis, 0, "ctr").value.value, 1.0 / 6, 1e-12);
  EXPECT_NEAR(figure_in(analysis, 0, "click_per_page").value.value, 1.0 / 3, 1e-12);
  EXPECT_EQ(figure_in(analysis, 0, "conversion").value.value, 0.5);
  EXPECT_EQ(figure_in(analysis, 0, "pages_per_user").value.value, 1.5);
  EXPECT_EQ(figure_in(analysis, 1, "sifr").value.value, 0.5);
  EXPECT_NEAR(figure_in(analysis, 1, "sifr").effect.relative.value, 0.5, 1e-12);
}

TEST(Analysis, APlantedEffectIsFoundAndSaid) {
  const Analysis analysis = analysed(planted_log(1500, 7, 0.3, 0.4));
  ASSERT_EQ(analysis.layers.size(), 1u);
  const LayerReport& layer = analysis.layers[0];
  EXPECT_EQ(layer.arms[0].name, "control");
  EXPECT_FALSE(layer.ratio.mismatch);
  const Range& change = figure_in(analysis, 1, "sifr").effect.relative;
  EXPECT_LE(change.low, 1.0 / 3);
  EXPECT_GE(change.high, 1.0 / 3);
  EXPECT_GT(change.low, 0);
  EXPECT_TRUE(layer.verdict.starts_with("'new' raises sifr by +")) << layer.verdict;
  EXPECT_NE(layer.verdict.find("95% interval of the change +"), std::string::npos);
}

TEST(Analysis, WithoutAnEffectTheVerdictSaysWhatWouldHaveBeenMissed) {
  const Analysis analysis = analysed(planted_log(300, 3, 0.3, 0.3));
  EXPECT_TRUE(analysis.layers[0].verdict.starts_with("'new': no difference in sifr is shown"))
      << analysis.layers[0].verdict;
  EXPECT_NE(analysis.layers[0].verdict.find("Not shown is not absent: a change smaller than"),
            std::string::npos);
}

TEST(Analysis, TheCourseHasOneEntryADayAndEndsWithTheWhole) {
  const Analysis analysis = analysed(planted_log(200, 7, 0.3, 0.4));
  const std::vector<DayReport>& days = analysis.layers[0].days;
  ASSERT_EQ(days.size(), 7u);
  EXPECT_EQ(days.back().effects[1].difference.value,
            figure_in(analysis, 1, "sifr").effect.difference.value);
  for (size_t d = 1; d < days.size(); ++d) {
    EXPECT_EQ(days[d].day, days[d - 1].day + 1);
    EXPECT_GE(days[d].users[0], days[d - 1].users[0]);
  }
}

TEST(Analysis, LostUsersForbidAVerdict) {
  std::string text;
  for (int u = 0; u < 1000; ++u) {
    text += page_line(u, "u" + std::to_string(u), u % 5 < 3 ? "control" : "new", {"x"});
  }
  const Analysis equal = analysed(text);
  EXPECT_TRUE(equal.layers[0].ratio.mismatch);
  EXPECT_TRUE(equal.layers[0].verdict.starts_with("Do not decide by this"))
      << equal.layers[0].verdict;
  EXPECT_NE(warnings_of(equal.layers[0])[0].find("600 : 400 users where 500 : 500"),
            std::string::npos);
  // As planned, when these were the shares.
  AnalysisOptions planned;
  planned.shares = {{"control", 0.6}, {"new", 0.4}};
  EXPECT_FALSE(analysed(text, planned).layers[0].ratio.mismatch);
  planned.shares = {{"control", 0.6}};
  EXPECT_THROW(analysed(text, planned), Error);
}

TEST(Analysis, SharesAndControlComeFromThePlan) {
  std::string text;
  for (int u = 0; u < 1000; ++u) {
    text += page_line(u, "u" + std::to_string(u), u % 5 < 3 ? "old" : "new", {"x"});
  }
  const ExperimentConfig plan = ExperimentConfig::parse(
      "name = 'spring'\n[[layer]]\nname = 'ranker'\ncontrol = 'old'\nrest = 'old'\n"
      "[[layer.arm]]\nname = 'new'\nshare = 0.4\n[[layer.arm]]\nname = 'old'\n",
      "experiment.toml");
  AnalysisOptions options;
  options.plan = &plan;
  const Analysis analysis = analysed(text, options);
  const LayerReport& layer = analysis.layers[0];
  EXPECT_EQ(layer.arms[0].name, "old");
  EXPECT_TRUE(layer.shares_known);
  EXPECT_DOUBLE_EQ(layer.arms[0].share, 0.6);
  EXPECT_FALSE(layer.ratio.mismatch);
  options.control = "older";
  EXPECT_THROW(analysed(text, options), Error);
}

// Whose pages never arrive is not seen in the log; the plan knows.
TEST(Analysis, APlannedArmThatNobodyCameBackFromIsAMismatch) {
  std::string text;
  for (int u = 0; u < 50; ++u) text += page_line(u, "u" + std::to_string(u), "old", {"x"});
  const ExperimentConfig plan = ExperimentConfig::parse(
      "name = 'spring'\n[[layer]]\nname = 'ranker'\n"
      "[[layer.arm]]\nname = 'new'\nshare = 0.5\n[[layer.arm]]\nname = 'old'\nshare = 0.5\n",
      "experiment.toml");
  AnalysisOptions options;
  options.plan = &plan;
  const Analysis analysis = analysed(text, options);
  ASSERT_EQ(analysis.layers[0].arms.size(), 2u);
  EXPECT_EQ(analysis.layers[0].arms[0].name, "new");  // the plan's control
  EXPECT_EQ(analysis.layers[0].arms[0].users, 0);
  EXPECT_TRUE(analysis.layers[0].ratio.mismatch);
}

// Two layers share a control's name or not; each takes what concerns it.
TEST(Analysis, OptionsConcernTheLayersThatHaveTheArm) {
  std::string text;
  for (int u = 0; u < 400; ++u) {
    std::string line = page_line(u, "u" + std::to_string(u), u % 2 ? "old" : "new", {"x"});
    const std::string arms = R"("arms":{)";
    text += line.insert(line.find(arms) + arms.size(),
                        std::string(R"("blend":")") + (u % 4 < 3 ? "a" : "b") + R"(",)");
  }
  AnalysisOptions options;
  options.control = "old";
  options.shares = {{"a", 3}, {"b", 1}};
  const Analysis analysis = analysed(text, options);
  ASSERT_EQ(analysis.layers.size(), 2u);
  EXPECT_EQ(analysis.layers[0].name, "blend");
  EXPECT_EQ(analysis.layers[0].arms[0].name, "a");  // the first by name
  EXPECT_TRUE(analysis.layers[0].shares_known);
  EXPECT_FALSE(analysis.layers[0].ratio.mismatch);
  EXPECT_EQ(analysis.layers[1].arms[0].name, "old");
  EXPECT_FALSE(analysis.layers[1].shares_known);
  options.shares = {{"c", 1}};
  EXPECT_THROW(analysed(text, options), Error);
}

// Day one gives the new arm a tenth, day two nine tenths, and day two is better for everybody: the
// arms are alike on each day, but not together.
TEST(Analysis, SharesThatChangeOnTheWayAreReported) {
  std::string text;
  for (int day = 0; day < 2; ++day) {
    for (int u = 0; u < 1000; ++u) {
      const bool fresh = u % 10 == 0;
      const std::string user = "u" + std::to_string(day) + "-" + std::to_string(u);
      const int64_t time = day * kMillisecondsADay / 1000 + u;
      text += page_line(time, user, (day == 0) == fresh ? "new" : "control", {"x"});
      if (u % 20 < (day == 0 ? 4 : 12)) text += click_line(time, user, "x");
    }
  }
  const Analysis analysis = analysed(text);
  EXPECT_FALSE(analysis.layers[0].ratio.mismatch);  // together they are half and half
  EXPECT_LT(analysis.layers[0].shares_changed_p, 1e-9);
  EXPECT_NE(analysis.layers[0].verdict.find("shares changed on the way"), std::string::npos);
  // And steady shares are not.
  EXPECT_GT(analysed(planted_log(300, 3, 0.3, 0.3)).layers[0].shares_changed_p, 0.001);
}

TEST(Analysis, CupedUsesThePagesBefore) {
  AttributionOptions attribution;
  attribution.pre_period_end = to_milliseconds(kFirstDay + 3 * 86'400);
  AnalysisOptions options;
  const std::string text = planted_log(800, 7, 0.3, 0.3);
  const double plain = figure_in(analysed(text, options, attribution), 1, "sifr").effect.error;
  options.effect.cuped = true;
  const Analysis analysis = analysed(text, options, attribution);
  const Effect& effect = figure_in(analysis, 1, "sifr").effect;
  EXPECT_LT(effect.variance_left, 0.8);
  EXPECT_NEAR(effect.error, plain * std::sqrt(effect.variance_left), 1e-9);
  EXPECT_EQ(analysis.layers[0].days.size(), 4u);  // of seven, three were before
}

TEST(Analysis, AnUnknownMetricNamesThoseThatAreThere) {
  AnalysisOptions options;
  options.metric = "sift";
  try {
    analysed(planted_log(10, 1, 0.5, 0.5), options);
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("did you mean 'sifr'?"), std::string::npos);
  }
}

TEST(ReadLog, EverybodyIsOneArmForPlanning) {
  AttributionOptions options;
  options.everyone = true;
  const ReadLog log = read(planted_log(100, 2, 0.3, 0.3), options);
  ASSERT_EQ(log.days.size(), 2u);
  EXPECT_EQ(log.days.back().moments[0][0].users(), log.population.users().size());
}

TEST(ReadLog, ALogWithoutEventsIsAnError) { EXPECT_THROW(read(""), Error); }

TEST(Verdict, NumbersAreWrittenForReaders) {
  EXPECT_EQ(percent_text(0.0194), "+1.94%");
  EXPECT_EQ(p_text(0.0456), "0.046");
  EXPECT_EQ(p_text(0.00123), "0.0012");
  EXPECT_EQ(p_text(1e-9), "< 0.0001");
}

}  // namespace
}  // namespace kaskad::ab
