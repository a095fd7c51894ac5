// The first day with a log: grid, eval, recommend.
#include <algorithm>

#include "tests/cli/program.h"

namespace kaskad {
namespace {

using nlohmann::json;

class MatricesTest : public ProgramTest {
 protected:
  json grid() {
    directory_.write("space.toml",
                     "[[product]]\n"
                     "weighting = [{ window = 1 }, { window = 5, gap = \"inverse\" }]\n"
                     "normalisation = [{ kind = \"row\" }, { kind = \"cosine\" }]\n");
    return run({"grid", "data", "--space", "space.toml", "-o", "grid", "--json"}).json();
  }
};

TEST_F(MatricesTest, GridFindsTheSeriesAndItsBundleMeasuresTheSame) {
  const json found = grid();
  EXPECT_EQ(found["variants"], 4);
  // The next item is i + 1 three times out of four.
  EXPECT_GT(found["winner"]["test"]["hit_rate@10"], 0.9);
  EXPECT_GT(found["winner"]["validation"]["ndcg@10"], 0.6);
  const json again = run({"eval", "data", "--bundle", "grid/winner", "--json"}).json();
  EXPECT_EQ(again["metrics"]["ndcg@10"]["value"], found["winner"]["test"]["ndcg@10"]);
}

TEST_F(MatricesTest, RecommendWritesAListForEveryUserAndForEveryItem) {
  grid();
  run({"recommend", "--bundle", "grid/winner", "--k", "3", "-o", "users.csv"});
  const std::string users = read_file(directory_ / "users.csv");
  EXPECT_TRUE(users.starts_with("user_id,item_id,score,rank\n"));
  EXPECT_EQ(std::count(users.begin(), users.end(), '\n'), 1 + 400 * 3);
  run({"recommend", "--bundle", "grid/winner", "--k", "2", "--item-to-item", "-o", "items.csv"});
  const std::string items = read_file(directory_ / "items.csv");
  EXPECT_TRUE(items.starts_with("item_id,similar_item_id,score,rank\n"));
  EXPECT_NE(items.find("\ni7,i8,"), std::string::npos);
}

TEST_F(MatricesTest, FinishedGridIsNotRunAgain) {
  const json first = grid();
  EXPECT_EQ(grid()["winner"], first["winner"]);
}

TEST(Program, FaultsGoToStandardErrorAndNothingToStandardOutput) {
  const TempDir directory;
  const Ended missing = kaskad_in(directory, {"grid", "nowhere", "-o", "out", "--json"});
  EXPECT_NE(missing.status, 0);
  EXPECT_EQ(missing.output, "");
  EXPECT_NE(missing.error.find("'nowhere"), std::string::npos) << missing.error;
  EXPECT_NE(kaskad_in(directory, {"gird"}).status, 0);
}

TEST(Program, EveryVerbHelpsWithAnExample) {
  const TempDir directory;
  for (const char* verb :
       {"ingest", "split", "grid", "eval", "recommend", "serve", "train", "ensemble", "compare",
        "bundle", "export", "make-impressions", "train-ranker", "eval-ranker"}) {
    const Ended help = run_in(directory, {verb, "--help"});
    EXPECT_NE(help.output.find("\n  kaskad " + std::string(verb) + " "), std::string::npos) << verb;
  }
  EXPECT_NE(run_in(directory, {"bench", "rank", "--help"}).output.find("\n  kaskad bench rank "),
            std::string::npos);
}

}  // namespace
}  // namespace kaskad
