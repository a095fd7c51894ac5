// Two cascades against each other with live feedback: simulated users, who are split by the server,
// search, click and are counted; `kaskad ab` says which arm is better. The cascade that knows what
// people took after a query is better in truth, and must come out so.
#include "tests/cli/program.h"
#include "tests/cli/running_server.h"

namespace kaskad {
namespace {

using nlohmann::json;

class ExperimentProgramTest : public ProgramTest {
 protected:
  void SetUp() override {
    run({"simulate", "-o", "market", "--events", "60000", "--users", "400", "--set",
         "days_after=30"});
    run({"ingest", "market/interactions.csv", "--item-features", "market/items.csv",
         "--user-features", "market/users.csv", "-o", "data"});
    run({"text-index", "data", "--columns", "title", "-o", "runs/text"});
    run({"make-impressions", "data", "--split", "global-time:0.1", "--impressions",
         "market/impressions.csv", "--heads", "click,save", "-o", "lists"});
    run({"train-ranker", "counters", "data", "lists", "-o", "runs/counters"});
    for (const char* file : {"plain.toml", "counted.toml", "experiment.toml"}) {
      directory_.write(file,
                       read_file(std::string(KASKAD_SOURCE_DIR "/examples/experiment/") + file));
    }
  }
};

TEST_F(ExperimentProgramTest, TheBetterCascadeComesOutBetter) {
  {
    RunningServer server(directory_, {"plain.toml", "--experiment", "experiment.toml", "--events",
                                      "state", "--events-lazy"});
    const std::string url = "http://127.0.0.1:" + std::to_string(server.port());
    const json played =
        run({"simulate", "--world", "market", "--search", url, "--visits", "2000", "--json"})
            .json();
    EXPECT_GT(played["arms"][0]["counts"]["pages"], 2000);
    EXPECT_EQ(server.end(), 0);
  }
  std::vector<std::string> arguments = {
      "ab",       "--plan", "experiment.toml", "--useful", "save,contact,purchase",
      "--report", "",       "--json"};
  for (const auto& file : std::filesystem::directory_iterator(directory_ / "state/journal")) {
    arguments.push_back(file.path().string());
  }
  const json answer = run(arguments).json();
  const json& layer = answer["layers"][0];
  EXPECT_EQ(layer["mixed_users"], 0);
  EXPECT_GT(layer["sample_ratio"]["p_value"], 0.001);
  const json& counted = layer["arms"][1];
  EXPECT_EQ(counted["name"], "counted");
  EXPECT_GT(counted["metrics"]["sifr"]["effect"]["relative"]["low"], 0) << answer.dump(1);
}

}  // namespace
}  // namespace kaskad
