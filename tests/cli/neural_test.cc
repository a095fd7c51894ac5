// Trained models beside matrices: train, export, bundle, ensemble, compare.
#include "tests/cli/program.h"

namespace kaskad {
namespace {

using nlohmann::json;

class NeuralTest : public ProgramTest {
 protected:
  std::vector<std::string> small(std::vector<std::string> arguments, const std::string& epochs) {
    for (const std::string setting :
         {"dimension=16", "max_history=12", "batch=64", "dropout=0", "learning_rate=0.01"}) {
      arguments.insert(arguments.end(), {"--set", setting});
    }
    arguments.insert(arguments.end(), {"--set", "epochs=" + epochs, "--set", "threads=1"});
    return arguments;
  }
  json train() {
    return run(small({"train", "data", "--model", "sasrec", "-o", "sasrec", "--json"}, "12"))
        .json();
  }
};

TEST_F(NeuralTest, ModelIsTrainedExportedAndMadeABundleAgain) {
  const json trained = train();
  const double ndcg = trained["metrics"]["ndcg@10"]["value"];
  EXPECT_GT(ndcg, 0.5);
  run({"export", "--onnx", "sasrec/bundle", "-o", "plain"});
  // As somebody would who trained it elsewhere.
  run({"bundle", "--onnx", "plain/user.onnx", "--items", "plain/items.npy", "--config",
       "plain/config.json", "--dataset", "data", "-o", "again"});
  const json measured = run({"eval", "data", "--bundle", "again", "--json"}).json();
  EXPECT_NEAR(measured["metrics"]["ndcg@10"]["value"].get<double>(), ndcg, 1e-6);
}

// An even user of the series likes tea; a table of users is ingested beside the log.
TEST_F(NeuralTest, FeaturesOfUsersGoWithTheBundle) {
  std::string users = "user_id,drink,height\n";
  for (int user = 0; user < 400; ++user) {
    users += "u" + std::to_string(user) + (user % 2 == 0 ? ",tea," : ",milk,") +
             (user % 3 == 0 ? "" : std::to_string(150 + user % 40)) + "\n";
  }
  directory_.write("users.csv", users);
  run({"ingest", "log.csv", "--user-features", "users.csv", "-o", "known"});
  const json trained =
      run(small({"train", "known", "--model", "two_tower", "--set", "user_features=true", "--set",
                 "clock_features=true", "-o", "tower", "--json"},
                "3"))
          .json();
  const double ndcg = trained["metrics"]["ndcg@10"]["value"];
  const auto measure = [&](const std::string& bundle) {
    return run({"eval", "known", "--bundle", bundle, "--json"})
        .json()["metrics"]["ndcg@10"]["value"]
        .get<double>();
  };
  EXPECT_NEAR(measure("tower/bundle"), ndcg, 1e-6);
  run({"export", "--onnx", "tower/bundle", "-o", "plain"});
  const json schema = json::parse(read_file(directory_ / "plain/user_schema.json"));
  EXPECT_EQ(schema[0]["name"], "drink");
  EXPECT_EQ(schema[1]["name"], "height");
  run({"bundle", "--onnx", "plain/user.onnx", "--items", "plain/items.npy", "--config",
       "plain/config.json", "--dataset", "known", "-o", "again"});
  EXPECT_NEAR(measure("again"), ndcg, 1e-6);
  run({"recommend", "--bundle", "tower/bundle", "--k", "3", "-o", "lists.csv"});
  const Ended refused = kaskad_in(directory_, {"train", "data", "--model", "two_tower", "--set",
                                               "user_features=true", "-o", "x"});
  EXPECT_NE(refused.status, 0);
  EXPECT_NE(refused.error.find("has no features of users"), std::string::npos) << refused.error;
}

TEST_F(NeuralTest, EnsembleOfAMatrixAndAModelIsOneBundle) {
  train();
  directory_.write("space.toml", "[[product]]\nweighting = [{ window = 1 }, { window = 2 }]\n");
  run({"grid", "data", "--space", "space.toml", "-o", "grid"});
  const json both = run({"ensemble", "data", "grid", "sasrec", "-o", "both", "--json"}).json();
  EXPECT_EQ(both["members"].size(), 2u);
  const json measured = run({"eval", "data", "--bundle", "both/bundle", "--json"}).json();
  const json compared =
      run({"compare", "grid", "sasrec", "both", "--no-timing", "--report", "page.html", "--json"})
          .json();
  EXPECT_EQ(compared["cases"], 400);
  size_t found = 0;
  for (const json& row : compared["runs"]) {
    if (row["name"] != "both") continue;
    ++found;
    EXPECT_EQ(row["metrics"]["ndcg@10"]["value"], measured["metrics"]["ndcg@10"]["value"]);
  }
  EXPECT_EQ(found, 1u);
  EXPECT_GT(read_file(directory_ / "page.html").size(), 10'000u);
}

using SlowNegativesTest = NeuralTest;

TEST_F(SlowNegativesTest, EveryKindIsTrainedOnOneRecipeAndCompared) {
  const auto command = small({"compare", "--negatives", "negatives", "--dataset", "data",
                              "--no-timing", "--report", "", "--set", "num_negatives=8", "--json"},
                             "2");
  const Ended first = run(command);
  size_t trained = 0, baselines = 0;
  const json compared = first.json();
  for (const json& row : compared["runs"]) {
    trained += row["model"] == "sasrec";
    baselines += row["model"].get<std::string>().starts_with("popularity");
  }
  EXPECT_EQ(trained, 7u);
  EXPECT_EQ(baselines, 2u);  // of all time and lately, though no run measured them
  // What is there is not trained again.
  const Ended second = run(command);
  EXPECT_NE(second.error.find("is there already"), std::string::npos);
  EXPECT_EQ(second.json()["runs"], compared["runs"]);
}

}  // namespace
}  // namespace kaskad
