// A search through a cascade: items are found by their words, whoever asks.
#include <algorithm>

#include "kaskad/dataset/dataset.h"
#include "kaskad/ranking/query_rankers.h"
#include "tests/cli/program.h"
#include "tests/cli/running_server.h"

namespace kaskad {
namespace {

using nlohmann::json;

class SearchProgramTest : public ProgramTest {
 protected:
  void SetUp() override {
    directory_.write("log.csv", series_log());
    constexpr const char* kColours[] = {"red", "blue", "green"};
    constexpr const char* kThings[] = {"shoes", "hat", "wool hat", "coat", "scarf"};
    std::string items = "item_id,title,brand\n";
    for (int i = 0; i < 40; ++i) {
      items += "i" + std::to_string(i) + "," + kColours[i % 3] + " " + kThings[i % 5] + " " +
               std::to_string(i) + (i % 2 ? ",hat\n" : ",shoes\n");
    }
    directory_.write("items.csv", items);
    run({"ingest", "log.csv", "--item-features", "items.csv", "-o", "data"});
  }
};

TEST_F(SearchProgramTest, TheCascadeFindsWhatTheRankerOfTheSameNameScores) {
  const json made =
      run({"text-index", "data", "--columns", "title", "--b", "0.5", "-o", "text", "--json"})
          .json();
  EXPECT_EQ(made["items"], 40);
  EXPECT_EQ(made["words"], 3 + 5 + 40);  // colours; shoes, hat, wool, coat, scarf; numbers
  run({"popularity", "data", "-o", "popular"});
  directory_.write("cascade.toml",
                   "[[retriever]]\nname = \"text\"\nbundle = \"text\"\nquota = 40\n"
                   "[[retriever]]\nname = \"popular\"\nbundle = \"popular\"\nquota = 5\n");
  const Dataset data = Dataset::open(directory_ / "data");
  const Bm25Ranker ranker(data.item_features(), data.num_items(), {"title"}, {.b = 0.5});
  std::vector<ItemId> all;
  for (uint32_t item = 0; item < data.num_items(); ++item) all.push_back(ItemId{item});

  RunningServer server(directory_, {"cascade.toml"});
  TestClient client(server.port());
  for (const std::string query : {"red hat", "Wool", "shoes 15", "boots"}) {
    RankRequest request;
    request.candidates = all;
    request.query = query;
    std::vector<float> scores(all.size());
    ranker.score_heads({&request, 1}, scores);
    const json body = {{"history", json::array()}, {"query", query}, {"k", 40}, {"sources", true}};
    const Answer answer = client.post("/v1/search", body.dump());
    ASSERT_EQ(answer.status, 200) << answer.body;
    const json answered = json::parse(answer.body);
    size_t found = 0;
    for (const json& item : answered["items"]) {
      for (const json& source : item["sources"]) {
        if (source["retriever"] != "text") continue;
        ++found;
        const auto id = data.items().find(item["item_id"].get<std::string>());
        EXPECT_FLOAT_EQ(source["score"].get<float>(), scores[*id]) << query << item;
      }
    }
    const auto scored = std::count_if(scores.begin(), scores.end(), [](float s) { return s > 0; });
    EXPECT_EQ(found, static_cast<size_t>(scored)) << query;
  }
  EXPECT_EQ(server.end(), 0);
}

TEST_F(SearchProgramTest, ColumnsAreNamed) {
  const Ended ended = kaskad_in(directory_, {"text-index", "data", "--columns", "plot", "-o", "t"});
  EXPECT_EQ(ended.status, 1);
  EXPECT_NE(ended.error.find("expected those that are asked for, of: title, brand"),
            std::string::npos)
      << ended.error;
}

}  // namespace
}  // namespace kaskad
