#include "kaskad/sim/remote_policy.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "kaskad/core/error.h"
#include "kaskad/sim/experiment.h"
#include "kaskad/sim/log_files.h"
#include "tests/sim/small_world.h"
#include "tests/sim/stub_server.h"

namespace kaskad::sim {
namespace {

using nlohmann::json;

// Items as `POST /v1/rank` answers: places among the candidates, as many as were asked for.
std::string items_at(const std::vector<size_t>& places) {
  json body = {{"items", json::array()}};
  for (const size_t place : places) body["items"].push_back({{"position", place}});
  return body.dump();
}

class RemotePolicyTest : public testing::Test {
 protected:
  std::vector<uint32_t> rank(const RankingPolicy& policy) const {
    const std::vector<Candidate> candidates = {{3, 0.2f}, {4, 1.0f}, {5, 0.7f}};
    PageRequest request;
    request.user = 7;
    request.query = 2;
    request.time = kStart + kDay;
    request.candidates = candidates;
    std::vector<uint32_t> page;
    policy.rank(request, 2, page);
    return page;
  }
  std::string error_of(const StubServer::Answer& answer) const {
    const StubServer server([&](const json&) { return answer; });
    try {
      rank(*make_remote_policy(server.url(), market_, {}));
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }

  const Marketplace market_{world_with_time_left()};
};

TEST_F(RemotePolicyTest, AServerIsToldWhatARankerIsToldAndNoTruth) {
  json told;
  const StubServer server([&](const json& request) {
    told = request;
    return StubServer::Answer{200, items_at({2, 0})};
  });
  RemoteOptions options;
  options.history = 2;
  const auto policy = make_remote_policy(server.url(), market_, options);
  std::vector<PageRecord> pages(1);
  pages[0].user = 7;
  pages[0].time = kStart;
  pages[0].shown = {{8, 0, {1000, 3000, 0, 0}}, {9, 0, {5000, 0, 0, 0}}, {6, 0, {}}};
  policy->learn(pages);
  EXPECT_EQ(rank(*policy), (std::vector<uint32_t>{3, 4}));  // by match: 4, 5, 3
  const json expected = {{"user_id", "u7"},
                         {"history",
                          {{{"item_id", "i8"}, {"timestamp", kStart + 3000}},
                           {{"item_id", "i9"}, {"timestamp", kStart + 5000}}}},
                         {"candidates", {"i4", "i5", "i3"}},
                         {"scores", {1.0, 1.0 / 2, 1.0 / 3}},
                         {"ranks", {1, 2, 3}},
                         {"now", kStart + kDay},
                         {"k", 2},
                         {"query", market_.book().query(2).text}};
  EXPECT_EQ(told, expected) << told.dump(1);
}

TEST_F(RemotePolicyTest, OneConnectionIsKeptAndMadeAgainWhenItIsGone) {
  bool hang_up = false;
  const StubServer server(
      [&](const json&) { return StubServer::Answer{200, items_at({0, 1}), hang_up}; });
  const auto policy = make_remote_policy(server.url(), market_, {});
  rank(*policy);
  rank(*policy);
  EXPECT_EQ(server.connections(), 1);
  hang_up = true;
  rank(*policy);
  rank(*policy);
  EXPECT_EQ(server.connections(), 2);
}

TEST_F(RemotePolicyTest, WrongAnswersAreNamed) {
  EXPECT_NE(error_of({400, "'k': found 0"}).find("found status 400, 'k': found 0"),
            std::string::npos);
  EXPECT_NE(error_of({200, "[]"}).find("expected an object with 'items'"), std::string::npos);
  EXPECT_NE(error_of({200, items_at({3})}).find("expected a 'position' among the candidates"),
            std::string::npos);
  EXPECT_NE(error_of({200, items_at({1, 1})}).find("expected each candidate once"),
            std::string::npos);
}

TEST_F(RemotePolicyTest, ASilentServerAndAnAbsentOneAreErrors) {
  std::string url;
  {
    const StubServer server([](const json&) { return StubServer::Answer{}; });
    url = server.url();
  }
  EXPECT_THROW(rank(*make_remote_policy(url, market_, {})), Error);
}

TEST_F(RemotePolicyTest, OtherMachinesAreAskedOnlyWhenThatIsAllowed) {
  EXPECT_THROW(make_remote_policy("http://192.0.2.1:80", market_, {}), Error);
  EXPECT_THROW(make_remote_policy("http://127.example.org", market_, {}), Error);
  RemoteOptions options;
  options.allow_remote = true;
  EXPECT_NE(make_remote_policy("http://192.0.2.1:80", market_, options), nullptr);
}

// Two servers, one of which knows the truth of the items: users split between them find more there.
TEST_F(RemotePolicyTest, TheBetterServerWinsTheTest) {
  const auto by = [&](const std::function<double(const json&, uint32_t)>& score) {
    return [&, score](const json& request) {
      const auto& candidates = request["candidates"];
      std::vector<std::pair<double, size_t>> order;
      for (size_t i = 0; i < candidates.size(); ++i) {
        const auto item =
            static_cast<uint32_t>(std::stoul(candidates[i].get<std::string>().substr(1)));
        order.emplace_back(-score(request, item), i);
      }
      std::sort(order.begin(), order.end());
      std::vector<size_t> places;
      for (size_t i = 0; i < std::min(order.size(), request["k"].get<size_t>()); ++i) {
        places.push_back(order[i].second);
      }
      return StubServer::Answer{200, items_at(places)};
    };
  };
  // It guesses the topic by the first candidate's category, and asks what this user wants of it.
  const StubServer good(by([&](const json& request, uint32_t item) {
    const auto number = [](const json& text) {
      return static_cast<uint32_t>(std::stoul(text.get<std::string>().substr(1)));
    };
    const uint32_t leaf = market_.catalogue().item(number(request["candidates"][0])).leaf;
    uint32_t topic = 0;
    while (market_.book().topic(topic).leaf != leaf) ++topic;
    return market_.true_relevance(market_.moment(number(request["user_id"]), topic, request["now"]),
                                  item);
  }));
  const StubServer bad(by([](const json&, uint32_t item) { return -static_cast<double>(item); }));
  RemoteOptions options;
  const auto first = make_remote_policy(good.url(), market_, options);
  const auto second = make_remote_policy(bad.url(), market_, options);
  const TokenMatch match(market_);
  ExperimentOptions experiment;
  experiment.visits = 500;
  experiment.split_users = true;
  experiment.target = kClick;
  experiment.threads = 1;
  const auto arms =
      run_experiment(market_, match, {{"good", first.get()}, {"bad", second.get()}}, experiment);
  EXPECT_GT(arms[1].first_minus_this.sifr.low, 0);
  EXPECT_GT(arms[1].first_minus_this.ctr.low, 0);
}

}  // namespace
}  // namespace kaskad::sim
