// Lists, a ranker, its figures: the three verbs one after the other.
#include <algorithm>
#include <filesystem>

#include "tests/cli/program.h"
#include "tests/cli/running_server.h"
#include "tests/ranking/onnx_stumps.h"

namespace kaskad {
namespace {

using nlohmann::json;

using RankingTest = ProgramTest;

TEST_F(RankingTest, TrainsOnListsAndBeatsPopularityOnThoseOfTheTest) {
  const json lists = run({"make-impressions", "data", "--retriever", "directed", "--candidates",
                          "20", "--hard", "0", "-o", "lists", "--json"})
                         .json();
  EXPECT_EQ(lists["parts"]["test"]["requests"], 400);
  EXPECT_GT(lists["parts"]["test"]["recall"], 0.9);  // the next item is i + 1 mostly
  EXPECT_EQ(lists["counters"], "learned");
  const json trained = run({"train-ranker", "gbdt", "data", "lists", "--rounds", "20", "--threads",
                            "1", "-o", "ranker", "--json"})
                           .json();
  EXPECT_GT(trained["heads"][0]["validation"]["ndcg@10"], 0.5);
  EXPECT_FALSE(trained["heads"][0]["importance"].empty());
  const json found = run({"eval-ranker", "data", "lists", "--ranker", "ranker", "--json"}).json();
  ASSERT_EQ(found["rankers"][0]["ranker"], "ranker");
  EXPECT_EQ(found["rankers"][1]["ranker"], "retrieval order");
  EXPECT_GT(found["rankers"][2]["first_minus_this"]["ndcg@10"]["low"], 0.1);  // popularity
  EXPECT_NE(read_file(directory_ / "runs/results.jsonl").find("eval-ranker"), std::string::npos);
}

TEST_F(RankingTest, NeuralRankersStandBesideTheTrees) {
  run({"make-impressions", "data", "--candidates", "20", "--hard", "0", "-o", "lists"});
  for (const std::string model : {"amortized", "bst", "transact", "din", "dcn_v2"}) {
    const json trained = run({"train-ranker",
                              "neural",
                              "data",
                              "lists",
                              "--model",
                              model,
                              "--set",
                              "dimension=16",
                              "--set",
                              "max_history=12",
                              "--set",
                              "epochs=4",
                              "--set",
                              "learning_rate=0.01",
                              "--head-weight",
                              "next=2",
                              "--threads",
                              "1",
                              "-o",
                              model,
                              "--json"})
                             .json();
    EXPECT_GT(trained["validation"]["ndcg@10"], 0.5) << model;
    EXPECT_EQ(trained["heads"], json::parse(R"([{"name": "next", "weight": 2}])"));
    EXPECT_LT(trained["parity"], 1e-4);
  }
  const json found =
      run({"eval-ranker", "data", "lists", "--ranker", "amortized", "--ranker", "bst", "--json"})
          .json();
  EXPECT_EQ(found["rankers"][0]["ranker"], "amortized");
  EXPECT_EQ(found["rankers"][1]["ranker"], "bst");
  EXPECT_GT(found["rankers"][3]["first_minus_this"]["ndcg@10"]["low"], 0.1);  // popularity
  const json timed = run({"bench", "rank", "--bundle", "amortized", "--history", "5,12",
                          "--candidates", "3,7", "--seconds", "0.01", "--json"})
                         .json();
  EXPECT_EQ(timed["results"].size(), 4u);
  EXPECT_GE(timed["results"][3]["new_history"]["requests"], 5);
  EXPECT_NE(kaskad_in(directory_, {"train", "data", "--model", "bst", "-o", "x"})
                .error.find("kaskad train-ranker neural"),
            std::string::npos);
}

// A graph of somebody else's, with a mapping and without, ends as a ranker and a stage.
TEST_F(RankingTest, AnyOnnxFileBecomesARankerAndAStageOfACascade) {
  run({"make-impressions", "data", "--retriever", "directed", "--candidates", "20", "--hard", "0",
       "-o", "lists"});
  write_file(directory_ / "trees.onnx", stump_regressor(1, {{0, 1.5F, 1, 0}}));
  const json rows = run({"train-ranker", "onnx", "data", "lists", "--graph", "trees.onnx",
                         "--features", "retrieval_rank", "-o", "rows", "--json"})
                        .json();
  EXPECT_EQ(rows["inputs"], json::array({"X float (?, 1)"}));
  write_file(directory_ / "mapping.toml", R"(graph = "trees.onnx"
inputs.X = { source = "candidate.rank" }
)");
  run({"train-ranker", "onnx", "data", "lists", "--mapping", "mapping.toml", "-o", "mapped"});
  const json found =
      run({"eval-ranker", "data", "lists", "--ranker", "rows", "--ranker", "mapped", "--json"})
          .json();
  EXPECT_EQ(found["rankers"][0]["metrics"], found["rankers"][1]["metrics"]);
  run({"popularity", "data", "-o", "popular"});
  write_file(directory_ / "cascade.toml", R"(
retriever = [{ name = "popular", bundle = "popular", quota = 10 }]
rank = { bundle = "mapped", keep = 5 }
)");
  EXPECT_NE(run({"check", "cascade.toml"}).output.find("rank (onnx"), std::string::npos);
  const RunningServer server(directory_, {"--onnx", "trees=trees.onnx"});
  const Answer answer = TestClient(server.port()).post("/v2/models/trees/infer", R"({"inputs": [
    {"name": "X", "datatype": "FP32", "shape": [2, 1], "data": [1, 2]}]})");
  EXPECT_EQ(json::parse(answer.body)["outputs"][0]["data"], json::array({1, 0}));
  EXPECT_NE(kaskad_in(directory_, {"train-ranker", "onnx", "data", "lists", "-o", "x"})
                .error.find("found neither --mapping and --graph"),
            std::string::npos);
}

// Full lists count over the whole catalogue: the order of retrieval measures as the retriever.
TEST_F(RankingTest, RetrievalOrderMeasuresAsTheRetrieverDoes) {
  run({"make-impressions", "data", "--retriever", "popularity", "--candidates", "40", "-o",
       "lists"});
  const json found = run({"eval-ranker", "data", "lists", "--json"}).json();
  const json expected =
      run({"eval", "data", "--baseline", "popularity", "--ties", "listed", "--json"}).json();
  EXPECT_NEAR(found["rankers"][0]["metrics"]["ndcg@10"]["value"].get<double>(),
              expected["metrics"]["ndcg@10"]["value"].get<double>(), 1e-12);
}

TEST_F(RankingTest, TakesAModelThatWasTrainedElsewhere) {
  run({"make-impressions", "data", "--candidates", "20", "-o", "lists"});
  run({"train-ranker", "gbdt", "data", "lists", "--rounds", "10", "--threads", "1",
       "--retrieval-prior", "0", "-o", "ranker", "--export-features", "features"});
  const json columns = json::parse(read_file(directory_ / "features/columns.json"));
  EXPECT_EQ(columns[0]["name"], "retrieval_rank");
  const json mine = run({"train-ranker", "gbdt", "data", "lists", "--model", "ranker/model-0.ubj",
                         "-o", "mine", "--json"})
                        .json();
  EXPECT_EQ(mine["features"], columns.size());
  const json found =
      run({"eval-ranker", "data", "lists", "--ranker", "ranker", "--ranker", "mine", "--json"})
          .json();
  EXPECT_EQ(found["rankers"][0]["metrics"], found["rankers"][1]["metrics"]);
}

TEST_F(RankingTest, ProbabilitiesStandBesideTheSameOrder) {
  run({"make-impressions", "data", "--candidates", "20", "--hard", "0", "-o", "lists"});
  run({"train-ranker", "gbdt", "data", "lists", "--rounds", "20", "--threads", "1", "-o", "plain"});
  for (const std::string method : {"isotonic", "platt"}) {
    const json made =
        run({"calibrate", "plain", "data", "lists", "--method", method, "-o", method, "--json"})
            .json();
    EXPECT_EQ(made["test"][0]["head"], "next");
    EXPECT_LT(made["test"][0]["ece"], 0.02) << method;
    EXPECT_LE(made["test"][0]["bins"].size(), 15u);
    EXPECT_LT(made["test"][0]["brier"], made["test"][0]["brier_of_base_rate"]);
    const json found =
        run({"eval-ranker", "data", "lists", "--ranker", "plain", "--ranker", method, "--json"})
            .json();
    EXPECT_EQ(found["rankers"][0]["metrics"], found["rankers"][1]["metrics"]);
    EXPECT_FALSE(found["rankers"][0].contains("calibration"));
    EXPECT_EQ(found["rankers"][1]["calibration"], made["test"]);
  }
}

// The series of the log is learned by the matrix as well as by the trees: both stand on one page.
TEST_F(RankingTest, APageShowsRankersRetrieversAndWhatARequestCosts) {
  directory_.write("space.toml",
                   "[[product]]\nweighting = [{ window = 2 }]\nnormalisation = [{ kind = \"row\" "
                   "}]\n");
  run({"grid", "data", "--space", "space.toml", "-o", "grid"});
  run({"make-impressions", "data", "--retriever", "popularity", "--candidates", "40", "-o",
       "lists"});
  run({"train-ranker", "gbdt", "data", "lists", "--rounds", "5", "--threads", "1", "-o", "trees"});
  directory_.write("bench.json", run({"bench", "rank", "--bundle", "trees", "--history", "5",
                                      "--candidates", "3,7", "--seconds", "0.01", "--json"})
                                     .output);
  const json found =
      run({"eval-ranker", "data", "lists", "--ranker", "trees", "--retriever", "matrix=grid/winner",
           "--bench", "bench.json", "--report", "page.html", "--picture", "plot.svg", "--json"})
          .json();
  EXPECT_EQ(found["rankers"][1]["ranker"], "matrix");
  const json matrix =
      run({"eval", "data", "--bundle", "grid/winner", "--ties", "listed", "--json"}).json();
  EXPECT_NEAR(found["rankers"][1]["metrics"]["ndcg@10"]["value"].get<double>(),
              matrix["metrics"]["ndcg@10"]["value"].get<double>(), 0.05);
  EXPECT_EQ(found["latency"].size(), 2u);
  const std::string page = read_file(directory_ / "page.html");
  EXPECT_NE(page.find("is in front"), std::string::npos);
  EXPECT_NE(page.find("7 candidates, history 5"), std::string::npos);
  EXPECT_TRUE(read_file(directory_ / "plot.svg").starts_with("<svg "));
  const Ended refused = kaskad_in(directory_, {"eval-ranker", "data", "lists", "--part",
                                               "validation", "--retriever", "grid/winner"});
  EXPECT_NE(refused.error.find("may know the answers"), std::string::npos) << refused.error;
}

TEST_F(RankingTest, TreesOverAnotherRankersScoreLearnWhereThatHasNotLearned) {
  run({"make-impressions", "data", "--candidates", "20", "--hard", "0", "-o", "lists"});
  run({"train-ranker", "gbdt", "data", "lists", "--rounds", "20", "--threads", "1", "-o", "inner"});
  const json both = run({"train-ranker", "gbdt", "data", "lists", "--score-of", "inner", "--rounds",
                         "10", "--threads", "1", "-o", "both", "--json"})
                        .json();
  EXPECT_EQ(both["learned_from"], "validation");
  std::vector<std::string> names;
  for (const json& entry : both["heads"][0]["importance"]) names.push_back(entry["feature"]);
  EXPECT_NE(std::find(names.begin(), names.end(), "score_of_inner_below_best"), names.end());
  std::filesystem::remove_all(directory_ / "inner");
  const json found = run({"eval-ranker", "data", "lists", "--ranker", "both", "--json"}).json();
  EXPECT_GT(found["rankers"][2]["first_minus_this"]["ndcg@10"]["low"], 0.1);  // popularity
  // The half of the validation lists that it did not learn from is left for its probabilities.
  const json sure =
      run({"calibrate", "both", "data", "lists", "--method", "platt", "-o", "sure", "--json"})
          .json();
  EXPECT_EQ(sure["fitted_on"], "half of the validation lists");
  EXPECT_LT(sure["test"][0]["ece"], 0.03);
  const auto refusal = [&](const std::vector<std::string>& more) {
    std::vector<std::string> words = {"train-ranker", "gbdt", "data", "lists", "-o", "no"};
    words.insert(words.end(), more.begin(), more.end());
    return kaskad_in(directory_, words).error;
  };
  EXPECT_NE(
      refusal({"--score-of", "both", "--learn-from", "train"}).find("--learn-from validation"),
      std::string::npos);
  EXPECT_NE(refusal({"--score-of", "both"}).find("too good"), std::string::npos);
}

// A model that is not fitted anew may serve lists whose answers it has not learned.
TEST_F(RankingTest, AFinishedRetrieverIsAskedOnlyWhatItHasNotLearned) {
  const auto grid = [&](const std::string& gap, const std::string& to) {
    directory_.write("space.toml", "[[product]]\nweighting = [{ window = 2, gap = \"" + gap +
                                       "\" }]\nnormalisation = [{ kind = \"row\" }]\n");
    run({"grid", "data", "--split", "leave-last-n:3", "--space", "space.toml", "-o", to});
  };
  grid("none", "one");
  grid("inverse", "two");
  run({"ensemble", "data", "one", "two", "--split", "leave-last-n:3", "-o", "both"});
  const json lists = run({"make-impressions", "data", "--retriever", "both/bundle", "--candidates",
                          "20", "-o", "lists", "--json"})
                         .json();
  EXPECT_EQ(lists["retriever"]["fitted"], "before, as the bundle is");
  // Of 12 events 9 are learned, and 10 may be used for training: one request a user.
  EXPECT_EQ(lists["parts"]["train"]["requests"], 400);
  const Ended refused =
      kaskad_in(directory_, {"make-impressions", "data", "--split", "leave-last-n:4", "--retriever",
                             "both/bundle", "-o", "more"});
  EXPECT_NE(refused.status, 0);
  EXPECT_NE(refused.error.find("has learned all"), std::string::npos) << refused.error;
}

TEST_F(RankingTest, ReadsRealImpressions) {
  // What user u was shown at the time of its event 8: two items, the one it took second.
  std::string shown = "request_id,user_id,item_id,position,action,timestamp\n";
  for (int user = 0; user < 400; ++user) {
    const std::string head = "r" + std::to_string(user) + ",u" + std::to_string(user) + ",i";
    const std::string time = std::to_string(1'600'000'000 + 1000 * user + 8) + "\n";
    shown += head + "1,1,," + time + head + "2,2,click," + time;
  }
  directory_.write("shown.csv", shown);
  const json lists = run({"make-impressions", "data", "--split", "global-time:0.2,min-history=0",
                          "--impressions", "shown.csv", "-o", "lists", "--json"})
                         .json();
  size_t sum = 0;
  for (const auto& [name, part] : lists["parts"].items()) sum += part["lists"].get<size_t>();
  EXPECT_EQ(sum, 400u);
  EXPECT_EQ(lists["counters"], "live");
  const json found = run({"eval-ranker", "data", "lists", "--json"}).json();
  EXPECT_EQ(found["rankers"][0]["metrics"]["mrr"]["value"], 0.5);
  EXPECT_NE(
      kaskad_in(directory_, {"make-impressions", "data", "--impressions", "shown.csv", "-o", "no"})
          .error.find("global-time"),
      std::string::npos);
}

// Every user asks for "red shoes" or "hats" at the time of its event 8, is shown two items and
// takes the second.
TEST_F(RankingTest, CountsSearches) {
  std::string shown = "request_id,user_id,query,item_id,position,action,timestamp\n";
  for (int user = 0; user < 400; ++user) {
    const std::string head = "r" + std::to_string(user) + ",u" + std::to_string(user) +
                             (user % 4 == 0 ? ",hats,i" : ",red shoes,i");
    const std::string time = std::to_string(1'600'000'000 + 1000 * user + 8) + "\n";
    shown += head + "1,1,," + time + head + "2,2,click," + time;
  }
  directory_.write("shown.csv", shown);
  run({"make-impressions", "data", "--split", "global-time:0.2,min-history=0", "--impressions",
       "shown.csv", "--heads", "click", "-o", "lists"});
  const json counted = run({"count", "lists", "-o", "counters", "--segments",
                            "query:item,query_token:item", "--windows", "0", "--json"})
                           .json();
  EXPECT_EQ(counted["lists"], 400);
  EXPECT_EQ(counted["candidates"], 800);
  const json& queries = counted["segments"][0];
  EXPECT_EQ(queries["keys"], 2);
  EXPECT_EQ(queries["top"][0]["left"], "red shoes");
  EXPECT_EQ(queries["top"][0]["counts"], json({600, 300}));  // 300 lists of two, one click each
  EXPECT_EQ(queries["top"][0]["cells"][0]["right"], "i2");
  EXPECT_EQ(counted["segments"][1]["keys"], 3);  // red, shoes, hats
  // Nothing is counted twice.
  const json updated = run({"count", "lists", "-o", "counters", "--update", "--json"}).json();
  EXPECT_EQ(updated["lists"], 0);
  EXPECT_EQ(updated["segments"][0]["top"][0]["counts"], json({600, 300}));
  EXPECT_NE(kaskad_in(directory_, {"count", "lists", "-o", "no", "--segments", "town:item"})
                .error.find("query, query_token, user, item"),
            std::string::npos);
}

}  // namespace
}  // namespace kaskad
