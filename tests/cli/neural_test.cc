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
