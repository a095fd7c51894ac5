// Requests that say what is known of the user, put to a model that answers by it alone.
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "kaskad/core/file.h"
#include "kaskad/model/bundle.h"
#include "kaskad/model/top_k.h"
#include "kaskad/server/server.h"
#include "tests/model/battery_log.h"
#include "tests/server/test_client.h"

namespace kaskad {
namespace {

using nlohmann::json;

// Items of the user's parity score 2 and the others 1, all 0 where it is unknown; item 20 scores
// the user's age.
class ParityRetriever : public Retriever {
 public:
  std::string kind() const override { return "parity"; }
  size_t num_items() const override { return kBatteryItems; }
  const FeatureSchema* user_schema() const override { return &schema_; }

  void score_all(const Query& query, std::span<float> scores) const override {
    std::vector<int64_t> codes;
    std::vector<float> age(1);
    schema_.append_codes(query.user_features, codes);
    schema_.write_numbers(query.user_features, age);
    for (size_t item = 0; item < scores.size(); ++item) {
      const bool same = !codes.empty() && static_cast<int64_t>(item % 2) + 1 == codes[0];
      scores[item] = codes.empty() ? 0.0F : same ? 2.0F : 1.0F;
    }
    scores[20] = std::isnan(age[0]) ? 0 : age[0];
  }

  void retrieve(std::span<const Query> queries, size_t k,
                std::span<ScoredItem> out) const override {
    ItemFilter filter(num_items());
    std::vector<float> scores(num_items());
    for (size_t q = 0; q < queries.size(); ++q) {
      score_all(queries[q], scores);
      filter.set(queries[q]);
      top_k(scores, filter, out.subspan(q * k, k));
    }
  }

 private:
  const FeatureSchema schema_ = FeatureSchema::of(battery_dataset().user_features());
};

Bundle parity_bundle() {
  register_retriever("parity", [](const std::string&, const std::string&) {
    return std::make_unique<ParityRetriever>();
  });
  const std::string path = battery_directory("parity") + "/bundle";
  BundleContents contents;
  contents.dataset = &battery_dataset();
  contents.history_end.assign(kBatteryUsers, 2);
  write_bundle(path, contents, ParityRetriever(), [](const std::string&) {});
  return load_bundle(path);
}

class UserFeaturesTest : public testing::Test {
 protected:
  void SetUp() override {
    ServerOptions options;
    options.http.port = 0;
    options.http.threads = 1;
    server_ = std::make_unique<Server>(Bundles{.retriever = parity_bundle()}, options);
    server_->start();
    client_ = std::make_unique<TestClient>(server_->port());
  }

  json recommend(const std::string& body, int status = 200) {
    const Answer answer = client_->post("/v1/recommend", body);
    EXPECT_EQ(answer.status, status) << answer.body;
    return json::parse(answer.body);
  }
  // What item 20 scores, and which other item comes first.
  using Best = std::pair<float, std::string>;
  Best best(const std::string& body) {
    const json answer = recommend(body);
    Best found{0, ""};
    for (const json& item : answer["items"]) {
      if (item["item_id"] == "item-20") {
        found.first = item["score"];
      } else if (found.second.empty()) {
        found.second = item["item_id"];
      }
    }
    return found;
  }

  std::unique_ptr<Server> server_;
  std::unique_ptr<TestClient> client_;
};

TEST_F(UserFeaturesTest, StoredOnesAnswerForAKnownUser) {
  // user-3 took 3 and 5 of the odd items.
  EXPECT_EQ(best(R"({"user_id": "user-3", "k": 5})"), (Best{23, "item-1"}));
}

TEST_F(UserFeaturesTest, GivenOnesStandInPlaceOfTheStored) {
  EXPECT_EQ(best(R"({"user_id": "user-3", "k": 5, "user_features": {"parity": "even"}})"),
            (Best{0, "item-0"}));
  EXPECT_EQ(
      best(R"({"user_id": "user-3", "k": 5, "user_features": {"age": 7.5, "parity": ["odd"]}})"),
      (Best{7.5F, "item-1"}));
  EXPECT_EQ(best(R"({"history": [], "k": 5, "user_features": {"parity": "odd", "age": null}})"),
            (Best{0, "item-1"}));
}

TEST_F(UserFeaturesTest, UnknownValuesAreNamed) {
  const json answer =
      recommend(R"({"history": [], "user_features": {"parity": ["neither", "odd", 7]}})");
  EXPECT_EQ(answer["unknown_features"], (json{"parity=neither", "parity=7"}));
  EXPECT_EQ(answer["items"][0]["item_id"], "item-1");
  EXPECT_FALSE(recommend(R"({"history": []})").contains("unknown_features"));
}

TEST_F(UserFeaturesTest, WhatDoesNotFitIsRefused) {
  const auto fault = [&](const std::string& features) {
    return recommend(R"({"history": [], "user_features": )" + features + "}", 400)["error"];
  };
  EXPECT_EQ(fault(R"({"height": 2})"),
            "'user_features': found 'height', expected one of: parity, age");
  EXPECT_EQ(fault(R"({"age": "old"})"), "'user_features', 'age': found a text, expected a number");
  EXPECT_EQ(fault(R"({"age": [1, 2]})"),
            "'user_features', 'age': found 2 numbers, expected a number");
  EXPECT_EQ(fault(R"({"parity": {"is": "even"}})"),
            "'user_features', 'parity': found an object, expected a text, a number, or a list of "
            "them");
  EXPECT_EQ(fault("[]"), "'user_features': found a list, expected an object of features by name");
}

}  // namespace
}  // namespace kaskad
