// An experiment's answer from its files, as a program.
#include <filesystem>

#include "tests/cli/program.h"
#include "tests/experiment/event_lines.h"

namespace kaskad {
namespace {

using nlohmann::json;

class AbTest : public testing::Test {
 protected:
  void SetUp() override {
    directory_.write("events.jsonl", ab::planted_log(600, 7, 0.3, 0.4));
    directory_.write("experiment.toml",
                     "name = 'spring'\n[[layer]]\nname = 'ranker'\nrest = 'control'\n"
                     "[[layer.arm]]\nname = 'control'\n[[layer.arm]]\nname = 'new'\nshare = 0.5\n");
  }
  Ended run(const std::vector<std::string>& arguments) { return run_in(directory_, arguments); }
  Ended refused(const std::vector<std::string>& arguments) {
    const Ended ended = kaskad_in(directory_, arguments);
    EXPECT_EQ(ended.status, 1);
    return ended;
  }

  TempDir directory_;
};

TEST_F(AbTest, ALogBecomesAVerdictATableAndAPage) {
  const Ended text = run({"ab", "events.jsonl", "--plan", "experiment.toml"});
  EXPECT_NE(text.output.find("Layer 'ranker' of 'spring': control 598 users, new 598 users"),
            std::string::npos)
      << text.output;
  EXPECT_NE(text.output.find("'new' raises sifr by +"), std::string::npos) << text.output;
  const std::string page = read_file(directory_ / "ab.html");
  EXPECT_NE(page.find("raises sifr by"), std::string::npos);
  EXPECT_NE(page.find("as the days went by"), std::string::npos);
}

TEST_F(AbTest, JsonHasFiguresEffectsAndDays) {
  const json answer = run({"ab", "events.jsonl", "--json", "--report", ""}).json();
  ASSERT_EQ(answer["layers"].size(), 1u);
  const json& layer = answer["layers"][0];
  EXPECT_EQ(layer["days"].size(), 7u);
  const json& effect = layer["arms"][1]["metrics"]["sifr"]["effect"];
  EXPECT_LT(effect["adjusted_p"], 0.001);
  EXPECT_LT(effect["relative"]["low"], 1.0 / 3);
  EXPECT_GT(effect["relative"]["high"], 1.0 / 3);
  EXPECT_FALSE(std::filesystem::exists(directory_ / "ab.html"));
}

TEST_F(AbTest, SequentialIntervalsAreWider) {
  const auto width = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"ab", "events.jsonl", "--json", "--report", ""});
    const json effect = run(more).json()["layers"][0]["arms"][1]["metrics"]["sifr"]["effect"];
    return effect["difference"]["high"].get<double>() - effect["difference"]["low"].get<double>();
  };
  const double once = width({});
  EXPECT_GT(width({"--sequential", "--planned-users", "1200"}), 1.4 * once);
  EXPECT_LT(width({"--cuped", "--pre-period-end", "2025-12-04"}),
            width({"--pre-period-end", "2025-12-04"}));
}

TEST_F(AbTest, BrokenLinesAreReportedOrFail) {
  directory_.write("broken.jsonl", ab::page_line(1, "a", "new", {"x"}) + "{oops\n");
  const Ended told = run({"ab", "events.jsonl", "broken.jsonl", "--report", ""});
  EXPECT_NE(told.error.find("broken.jsonl, line 2"), std::string::npos) << told.error;
  const Ended failed = refused({"ab", "events.jsonl", "broken.jsonl", "--strict"});
  EXPECT_NE(failed.error.find("broken.jsonl, line 2"), std::string::npos) << failed.error;
}

TEST_F(AbTest, StandardInputIsRead) {
  const std::string command = "cd '" + directory_.path() +
                              "' && cat events.jsonl | '" KASKAD_PROGRAM
                              "' ab - --json --report '' > out.json";
  ASSERT_EQ(std::system(command.c_str()), 0);
  const json answer = json::parse(read_file(directory_ / "out.json"));
  EXPECT_EQ(answer["reading"]["users"], 1196);
}

TEST_F(AbTest, ATableOfUsersDoes) {
  std::string table = "user,variant,orders,visits,orders0,visits0\n";
  for (int u = 0; u < 400; ++u) {
    const int past = u % 10, more = u % 2;
    table += "u" + std::to_string(u) + (more ? ",b," : ",a,") + std::to_string(past + more) +
             ",10," + std::to_string(past) + ",10\n";
  }
  directory_.write("users.csv", table);
  const json answer = run({"ab", "--table", "users.csv", "--user-column", "user", "--arm-column",
                           "variant", "--ratio", "rate=orders/visits", "--covariate",
                           "rate=orders0/visits0", "--cuped", "--json", "--report", ""})
                          .json();
  const json& effect = answer["layers"][0]["arms"][1]["metrics"]["rate"]["effect"];
  EXPECT_NEAR(effect["difference"]["value"], 0.1, 1e-9);  // the odd users' one more of 10
  EXPECT_LT(effect["variance_left"], 1e-6);
}

TEST_F(AbTest, DaysArePlanned) {
  // p (1 - p) = 0.25; 2 * 7.85 * 0.25 / 0.025^2 = 6280 users an arm.
  const json stated = run({"ab", "--power", "--baseline", "0.5", "--users-per-day", "1000", "--mde",
                           "0.05", "--json"})
                          .json();
  EXPECT_EQ(stated["days_needed"], 13);
  const json measured =
      run({"ab", "events.jsonl", "--power", "--days", "14", "--mde", "0.02", "--json"}).json();
  EXPECT_EQ(measured["measured_days"], 7);
  EXPECT_GT(measured["days_needed"], 14);
  EXPECT_GT(measured["effect"], 0.02);
  EXPECT_NE(run({"ab", "events.jsonl", "--power", "--mde", "0.1"}).output.find("is found with"),
            std::string::npos);
}

TEST_F(AbTest, WrongArgumentsAreNamed) {
  const auto says = [&](const std::vector<std::string>& arguments, const std::string& words) {
    const Ended ended = refused(arguments);
    EXPECT_NE(ended.error.find(words), std::string::npos) << ended.error;
  };
  says({"ab"}, "found no log");
  says({"ab", "events.jsonl", "--metric", "sift"}, "did you mean 'sifr'?");
  says({"ab", "events.jsonl", "--control", "contro"}, "did you mean 'control'?");
  says({"ab", "events.jsonl", "--shares", "new"}, "expected ARM=SHARE");
  says({"ab", "events.jsonl", "--cuped"}, "--pre-period-end");
  says({"ab", "events.jsonl", "--pre-period-end", "soon"}, "found 'soon', expected a time");
  says({"ab", "events.jsonl", "--experiment", "autumn"},
       "found no arm in the exposures of 'autumn'");
  says({"ab", "--power"}, "--baseline");
  says({"ab", "none.jsonl"}, "none.jsonl");
}

}  // namespace
}  // namespace kaskad
