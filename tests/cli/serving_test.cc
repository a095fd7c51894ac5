// A trained ranker behind HTTP gives the scores that it gives in the library.
#include <atomic>
#include <cmath>
#include <sstream>
#include <thread>

#include "kaskad/model/ranker_bundle.h"
#include "kaskad/ranking/gbdt.h"
#include "kaskad/ranking/list_requests.h"
#include "kaskad/ranking/neural_ranker.h"
#include "tests/cli/program.h"
#include "tests/cli/running_server.h"

namespace kaskad {
namespace {

using nlohmann::json;

class ServingTest : public ProgramTest {
 protected:
  void SetUp() override {
    ProgramTest::SetUp();
    run({"make-impressions", "data", "--candidates", "20", "--hard", "0", "-o", "lists"});
    train("20");
  }

  void train(const std::string& rounds) {
    run({"train-ranker", "gbdt", "data", "lists", "--rounds", rounds, "--threads", "1", "-o",
         "ranker"});
  }

  static json ask(TestClient& client, const json& body) {
    const Answer answer = client.post("/v1/rank", body.dump());
    EXPECT_EQ(answer.status, 200) << answer.body;
    return json::parse(answer.body);
  }
};

// A list of the dataset as a client would write it.
json body_of(const Dataset& data, const ImpressionList& list) {
  const History history = data.history(list.user).first(list.history_end);
  json body = {{"user_id", data.users().name(index(list.user))},
               {"now", list.time},
               {"history", json::array()},
               {"candidates", json::array()},
               {"scores", list.scores},
               {"ranks", list.ranks}};
  for (size_t event = 0; event < history.size(); ++event) {
    body["history"].push_back({{"item_id", data.items().name(index(history.items[event]))},
                               {"timestamp", history.times[event]}});
  }
  for (const ItemId item : list.items) body["candidates"].push_back(data.items().name(index(item)));
  return body;
}

// What a client says was done reaches the ranker as what the log says was done.
TEST_F(ProgramTest, ActionsOfTheHistoryReachARankerThatLooksAtThem) {
  std::istringstream lines(series_log());
  std::string acted, line;
  for (size_t number = 0; std::getline(lines, line); ++number) {
    acted += line + (number == 0 ? ",action\n" : number % 3 == 0 ? ",buy\n" : ",look\n");
  }
  directory_.write("acted.csv", acted);
  run({"ingest", "acted.csv", "--action-column", "action", "-o", "acted"});
  run({"make-impressions", "acted", "--candidates", "20", "--hard", "0", "-o", "lists"});
  run({"train-ranker", "neural",
       "acted",        "lists",
       "--model",      "transact",
       "--set",        "dimension=16",
       "--set",        "max_history=12",
       "--set",        "window_mask=0",
       "--set",        "epochs=1",
       "--set",        "learning_rate=0.01",
       "--threads",    "1",
       "-o",           "ranker"});
  register_neural_ranker();
  const Dataset data = Dataset::open(directory_ / "acted");
  const Impressions lists = Impressions::open(directory_ / "lists/test");
  const RankerBundle bundle = load_ranker_bundle(directory_ / "ranker");
  ASSERT_EQ(bundle.ranker->action_names(), data.action_names());
  const ImpressionList list = lists.list(7);
  const RankRequest request = request_of(data, list);
  std::vector<float> expected(list.size());
  bundle.ranker->score({&request, 1}, expected);

  RunningServer server(directory_, {"--ranker", "ranker"});
  TestClient client(server.port());
  const auto largest_difference = [&](const json& body) {
    const Answer answer = client.post("/v1/rank", body.dump());
    EXPECT_EQ(answer.status, 200) << answer.body;
    float largest = 0;
    const json parsed = json::parse(answer.body);
    for (const json& item : parsed["items"]) {
      const float score = item["score"];
      largest = std::max(largest, std::abs(score - expected[item["position"].get<size_t>()]));
    }
    return largest;
  };
  json body = body_of(data, list);
  for (size_t event = 0; event < body["history"].size(); ++event) {
    body["history"][event]["action"] = data.action_names()[request.history.actions[event]];
  }
  EXPECT_LT(largest_difference(body), 1e-4F);
  for (json& event : body["history"]) event["action"] = event["action"] == "buy" ? "look" : "buy";
  EXPECT_GT(largest_difference(body), 1e-3F);
  for (json& event : body["history"]) event["action"] = "something else";
  EXPECT_GT(largest_difference(body), 1e-3F);
}

TEST_F(ServingTest, AnswersWithTheScoresOfTheRanker) {
  register_gbdt();
  const Dataset data = Dataset::open(directory_ / "data");
  const Impressions lists = Impressions::open(directory_ / "lists/test");
  const RankerBundle bundle = load_ranker_bundle(directory_ / "ranker");
  RunningServer server(directory_, {"--ranker", "ranker"});
  std::atomic<size_t> compared{0};
  const auto compare = [&](size_t first) {
    TestClient client(server.port());
    for (size_t number = first; number < lists.size(); number += 2) {
      const ImpressionList list = lists.list(number);
      const RankRequest request = request_of(data, list);
      std::vector<float> scores(list.size());
      bundle.ranker->score({&request, 1}, scores);
      const json answer = ask(client, body_of(data, list));
      EXPECT_EQ(answer["items"].size(), list.size());
      float before = std::numeric_limits<float>::infinity();
      for (const json& item : answer["items"]) {
        const float score = item["score"];
        EXPECT_EQ(score, scores[item["position"].get<size_t>()]);
        EXPECT_LE(score, before);
        before = score;
        ++compared;
      }
    }
  };
  std::thread other([&] { compare(1); });
  compare(0);
  other.join();
  EXPECT_EQ(compared, lists.num_candidates());
  EXPECT_EQ(server.end(), 0);
}

TEST_F(ServingTest, ARetrieverBesideTheRankerKnowsTheHistories) {
  directory_.write("space.toml", "[[product]]\nweighting = [{ window = 1 }]\n");
  run({"grid", "data", "--space", "space.toml", "-o", "grid"});
  RunningServer server(directory_, {"--bundle", "grid/winner", "--ranker", "ranker"});
  TestClient client(server.port());
  const json candidates = {"i1", "i2", "i3", "i4", "i5"};
  const json stored = json::parse(client.get("/v1/users/u7").body)["history"];
  const json by_user = ask(client, {{"user_id", "u7"}, {"candidates", candidates}});
  EXPECT_EQ(by_user["history_length"], stored.size());
  EXPECT_EQ(
      by_user["items"],
      ask(client, {{"user_id", "u7"}, {"history", stored}, {"candidates", candidates}})["items"]);

  train("3");
  server.signal(SIGHUP);
  server.wait_for("SIGHUP: reading grid/winner, ranker\nserving ");
  EXPECT_NE(ask(client, {{"user_id", "u7"}, {"candidates", candidates}})["version"],
            by_user["version"]);
}

TEST_F(ServingTest, NeedsSomethingToServe) {
  const Ended ended = kaskad_in(directory_, {"serve", "--port", "0"});
  EXPECT_NE(ended.status, 0);
  EXPECT_NE(ended.error.find("expected one or several of them"), std::string::npos) << ended.error;
}

}  // namespace
}  // namespace kaskad
