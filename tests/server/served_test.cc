// What a server says of itself to who looks at it: what is served, items, arms, and what is wrong.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "kaskad/server/health_checks.h"
#include "kaskad/server/service.h"
#include "tests/cascade/fakes.h"
#include "tests/server/test_bundle.h"
#include "tests/server/test_ranker.h"

namespace kaskad {
namespace {

using nlohmann::json;

json get(Service& service, const std::string& path, int status = 200) {
  const HttpResponse response = service.handle({"GET", path, "", ""});
  EXPECT_EQ(response.status, status) << response.body;
  return json::parse(response.body);
}

json findings_of(const json& checks, const std::string& condition) {
  json found = json::array();
  for (const json& one : checks.at("findings")) {
    if (one.at("condition") == condition) found.push_back(one);
  }
  return found;
}

class ServedTest : public testing::Test {
 protected:
  ServedTest() {
    builder_.retriever("a", {0, 1, 2}, 3).time_ms = 20;
    builder_.ranker("rank", {1, 2, 3}, 2);
    builder_.config.banned = {"i1"};
    builder_.config.name = "shop";
  }
  std::unique_ptr<Service> serve(ServiceOptions options = {}) {
    return std::make_unique<Service>(Bundles{.cascade = builder_.build()}, std::move(options));
  }

  CascadeBuilder builder_;
};

TEST_F(ServedTest, SaysWhatACascadeIsMadeOfAndNoPaths) {
  builder_.config.retrievers[0].bundle = "/somewhere/secret";
  const auto service = serve({.write_token = "secret"});
  const json found = get(*service, "/v1/served");
  EXPECT_EQ(found["cascade"]["name"], "shop");
  EXPECT_EQ(found["cascade"]["version"], found["version"]);
  EXPECT_EQ(found["cascade"]["items_shut_out"], 1);
  const json& stages = found["cascade"]["stages"];
  ASSERT_EQ(stages.size(), 2U);
  EXPECT_EQ(stages[0]["name"], "a");
  EXPECT_EQ(stages[0]["stage"], "retrieve");
  EXPECT_EQ(stages[0]["kind"], "list");
  EXPECT_EQ(stages[0]["time_ms"], 20);
  EXPECT_EQ(stages[1]["stage"], "rank");
  EXPECT_EQ(stages[1]["keep"], 2);
  EXPECT_EQ(found["takes"], json::parse(R"({"events": false, "admin": true})"));
  EXPECT_EQ(found.dump().find("secret"), std::string::npos);
}

TEST_F(ServedTest, SaysWhichBundlesAreServed) {
  Service service({.retriever = load_test_bundle(), .ranker = test_ranker()}, {});
  const json found = get(service, "/v1/served");
  EXPECT_EQ(found["retriever"]["model"], "counting");
  EXPECT_EQ(found["retriever"]["items"], 21);
  EXPECT_EQ(found["ranker"]["heads"], (json{"score", "price"}));
  EXPECT_EQ(found["ranker"]["context"], (json{"stars", "price"}));
  EXPECT_FALSE(found.contains("cascade"));
  EXPECT_FALSE(found.contains("experiment"));
}

TEST_F(ServedTest, KnowsItemsByIdAlone) {
  Service service({.retriever = load_test_bundle()}, {});
  EXPECT_EQ(get(service, "/v1/items/item-4"),
            json::parse(R"({"item_id": "item-4", "title": "Title of 4"})"));
  EXPECT_EQ(get(service, "/v1/items/nope", 404)["error"], "there is no item 'nope'");
  const auto cascade = serve();
  EXPECT_EQ(get(*cascade, "/v1/items/i2"), json::parse(R"({"item_id": "i2", "features": {}})"));
  EXPECT_EQ(get(*cascade, "/v1/items/i77", 404)["error"], "there is no item 'i77'");
  Service ranker({.ranker = test_ranker()}, {});
  get(ranker, "/v1/items/item-4", 404);
}

TEST_F(ServedTest, WithoutAnExperimentThereAreNoArms) {
  EXPECT_EQ(get(*serve(), "/v1/experiment/users/u", 404)["error"],
            "no experiment is served here; `kaskad serve` takes one as --experiment");
}

TEST_F(ServedTest, ChecksSayWhatTheDoctorSays) {
  const auto service = serve();
  const json fine = get(*service, "/v1/health/checks");
  EXPECT_EQ(fine["ok"], true) << fine;
  EXPECT_EQ(fine["findings"], json::array());
  EXPECT_GT(fine["checked"].size(), 20U);
  EXPECT_EQ(fine["facts"]["serves"].get<std::string>().find("cascade shop, version "), 0U);

  builder_.behaviour("rank")->mood = Mood::kThrows;
  for (int i = 0; i < 20; ++i) service->handle({"POST", "/v1/recommend", "", R"({"history": []})"});
  const json broken = get(*service, "/v1/health/checks");
  EXPECT_EQ(broken["ok"], false);
  EXPECT_EQ(broken["findings"][0]["condition"], "KaskadStageBreakerOpen");
  EXPECT_EQ(broken["findings"][0]["severity"], "critical");
  const json failing = findings_of(broken, "KaskadStageFailing");
  ASSERT_EQ(failing.size(), 1U) << broken;
  EXPECT_EQ(failing[0]["stage"], "rank");
  EXPECT_TRUE(failing[0].contains("since"));
}

// Errors of the time that is looked back at, and of no other.
TEST(HealthChecks, LooksBackAMinute) {
  const auto start = HealthChecks::Clock::now();
  HealthChecks checks(start);
  const auto ask = [&](int second, int good, int bad) {
    const std::string text =
        "kaskad_requests_total{method=\"POST\",path=\"/v1/recommend\",status=\"200\"} " +
        std::to_string(good) +
        "\nkaskad_requests_total{method=\"POST\",path=\"/v1/recommend\",status=\"500\"} " +
        std::to_string(bad) + "\n";
    return json::parse(checks.answer(text, start + std::chrono::seconds(second)).body);
  };
  json found = ask(1000, 90, 10);
  EXPECT_EQ(found["seconds"], 1000) << "since the start, where nobody asked before";
  ASSERT_EQ(findings_of(found, "KaskadErrors").size(), 1U) << found;
  EXPECT_EQ(found["findings"][0]["what"], "10% of requests ended with a status of 500 and above");
  found = ask(1003, 100, 10);
  EXPECT_EQ(found["seconds"], 1003) << "the call before is too near";
  found = ask(1059, 200, 10);
  EXPECT_EQ(found["seconds"], 1059);
  EXPECT_EQ(findings_of(found, "KaskadErrors").size(), 1U);
  found = ask(1060, 200, 10);
  EXPECT_EQ(found["seconds"], 60) << "of the call at 1000";
  EXPECT_EQ(found["ok"], true) << found;
  found = ask(1125, 300, 20);
  EXPECT_EQ(found["seconds"], 66) << "of the call at 1059: those that are nearer say too little";
  EXPECT_EQ(findings_of(found, "KaskadErrors").size(), 1U);
}

}  // namespace
}  // namespace kaskad
