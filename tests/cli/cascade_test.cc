// From a log to a cascade behind HTTP: a matrix and popularity as retrievers, trees as ranker.

#include "tests/cli/program.h"
#include "tests/cli/running_server.h"

namespace kaskad {
namespace {

using nlohmann::json;

constexpr const char* kCascade = R"(name = "series"
items = "data"

[[retriever]]
name = "matrix"
bundle = "grid/winner"
quota = 20
time_ms = 10000

[[retriever]]
name = "popular"
bundle = "popular"
quota = 10

[filter]
rules = [{ name = "few", drop = 'number >= 35' }]

[rank]
bundle = "ranker"
keep = 15
time_ms = 10000
fallback = "last_good"

[blend]
caps = [{ feature = "parity", at_most = 3 }]
pinned = [{ item = "i7", position = 2 }]
)";

class CascadeProgramTest : public ProgramTest {
 protected:
  void SetUp() override {
    directory_.write("log.csv", series_log());
    std::string items = "item_id,parity,number\n";
    for (int i = 0; i < 40; ++i) {
      items += "i" + std::to_string(i) + (i % 2 ? ",odd," : ",even,") + std::to_string(i) + "\n";
    }
    directory_.write("items.csv", items);
    run({"ingest", "log.csv", "--item-features", "items.csv", "-o", "data"});
    directory_.write("space.toml", "[[product]]\nweighting = [{ window = 2 }]\n");
    run({"grid", "data", "--space", "space.toml", "-o", "grid"});
    run({"popularity", "data", "-o", "popular"});
    run({"make-impressions", "data", "--candidates", "20", "--hard", "0", "-o", "lists"});
    run({"train-ranker", "gbdt", "data", "lists", "--rounds", "10", "--threads", "1", "-o",
         "ranker"});
    directory_.write("cascade.toml", kCascade);
  }

  static json ask(TestClient& client, const std::string& path, const json& body) {
    const Answer answer = client.post(path, body.dump());
    EXPECT_EQ(answer.status, 200) << answer.body;
    return json::parse(answer.body);
  }
};

TEST_F(CascadeProgramTest, IsCheckedServedAndReloaded) {
  const json report = run({"check", "cascade.toml", "--json"}).json();
  EXPECT_TRUE(report["ok"]) << report;
  EXPECT_EQ(report["warnings"], json::array());
  EXPECT_EQ(report["items_shut_out"], 5);
  EXPECT_EQ(report["stages"][0]["kind"], "cooc");
  EXPECT_EQ(report["stages"][1]["kind"], "popularity");
  EXPECT_EQ(report["stages"][2]["kind"], "gbdt");
  EXPECT_EQ(report["histories"], "matrix");
  EXPECT_GT(report["trials"][1]["items"], 5);
  EXPECT_NE(run({"check", "cascade.toml"}).output.find("retrieve matrix (cooc, version "),
            std::string::npos);

  RunningServer server(directory_, {"cascade.toml"});
  TestClient client(server.port());
  const json body = {{"user_id", "u7"}, {"k", 6}};
  const json answer = ask(client, "/v1/recommend", body);
  EXPECT_EQ(answer["degraded"], json::array());
  EXPECT_EQ(answer["version"], report["version"]);
  EXPECT_EQ(answer["known_user"], true);
  const json seen = json::parse(client.get("/v1/users/u7").body)["history"];
  EXPECT_EQ(answer["history_length"], seen.size());
  ASSERT_EQ(answer["items"].size(), 6u);
  int odd = 0;
  for (const json& item : answer["items"]) {
    const int number = std::stoi(item["item_id"].get<std::string>().substr(1));
    odd += number % 2;
    EXPECT_LT(number, 35);
    for (const json& event : seen) EXPECT_NE(event["item_id"], item["item_id"]);
  }
  EXPECT_EQ(odd, 3);

  const json traced = ask(client, "/v1/explain", {{"user_id", "u7"}, {"k", 6}, {"item_id", "i36"}});
  EXPECT_EQ(traced["items"].size(), answer["items"].size());
  for (size_t i = 0; i < 6; ++i) {
    EXPECT_EQ(traced["items"][i]["item_id"], answer["items"][i]["item_id"]);
  }
  EXPECT_EQ(traced["item"]["why"], "it may not be shown: rule 'few'");
  const json searched =
      ask(client, "/v1/search", {{"user_id", "u7"}, {"k", 6}, {"query", "anything"}});
  EXPECT_EQ(searched["items"], answer["items"]);  // these trees do not look at the query

  directory_.write("cascade.toml", std::string(kCascade) + "[breaker]\nfailures = 7\n");
  server.signal(SIGHUP);
  server.wait_for("SIGHUP: reading cascade.toml\nserving cascade series");
  EXPECT_NE(ask(client, "/v1/recommend", body)["version"], answer["version"]);
  directory_.write("cascade.toml", std::string(kCascade) + "x = 1\n");
  server.signal(SIGHUP);
  server.wait_for("key 'blend.x': found an unknown key");
  EXPECT_EQ(ask(client, "/v1/recommend", body)["items"], answer["items"]);
  EXPECT_EQ(server.end(), 0);
}

TEST_F(CascadeProgramTest, CheckSaysAllThatIsWrong) {
  directory_.write("bad.toml", R"([[retriever]]
name = "matrix"
bundle = "nowhere"
quota = 20
[rank]
bundle = "grid/winner"
keep = 5
)");
  directory_.write("more.csv", series_log() + "u0,new,1600000100\n");
  run({"ingest", "more.csv", "-o", "more"});
  run({"popularity", "more", "-o", "popular"});
  const json warned = run({"check", "cascade.toml", "--json"}).json();
  EXPECT_EQ(warned["items"], 41);
  EXPECT_EQ(warned["warnings"][0],
            "'rank' does not know 1 of the 41 items that the retrievers know; it scores them as "
            "unknown ones");
  const Ended ended = kaskad_in(directory_, {"check", "bad.toml", "--json"});
  EXPECT_EQ(ended.status, 1);
  const json errors = ended.json()["errors"];
  ASSERT_EQ(errors.size(), 2u) << ended.output;
  EXPECT_EQ(errors[0].get<std::string>().find("bad.toml, line 3, key 'retriever.bundle': "), 0u);
  EXPECT_NE(errors[1].get<std::string>().find("line 6, key 'rank.bundle': 'grid/winner' is the "
                                              "bundle of a retriever"),
            std::string::npos)
      << errors[1];
  std::string text = kCascade;
  text.replace(text.find("number >= 35"), 6, "nunber");
  directory_.write("misspelt.toml", text);
  const Ended misspelt = kaskad_in(directory_, {"check", "misspelt.toml"});
  EXPECT_EQ(misspelt.status, 1);
  EXPECT_NE(misspelt.output.find("misspelt.toml, line 16, key 'filter.rules.drop', column 1: found "
                                 "the unknown feature 'nunber'"),
            std::string::npos)
      << misspelt.output;
  EXPECT_NE(misspelt.output.find("did you mean 'number'?\nnot ok\n"), std::string::npos)
      << misspelt.output;
  EXPECT_NE(kaskad_in(directory_, {"serve", "--port", "0", "misspelt.toml"}).error.find("line 16"),
            std::string::npos);
  EXPECT_NE(kaskad_in(directory_, {"serve", "cascade.toml", "--bundle", "popular"})
                .error.find("expected one of them"),
            std::string::npos);
}

}  // namespace
}  // namespace kaskad
