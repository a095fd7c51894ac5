#include "kaskad/sim/remote_policy.h"

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>

#include "kaskad/client/http_client.h"
#include "kaskad/core/error.h"
#include "kaskad/core/pool.h"
#include "kaskad/sim/log_files.h"

namespace kaskad::sim {
namespace {

using nlohmann::json;

struct Event {
  uint32_t item = 0;
  int64_t time = 0;
};

class RemotePolicy : public RankingPolicy {
 public:
  RemotePolicy(const std::string& url, const Marketplace& market, const RemoteOptions& options)
      : url_(url),
        market_(market),
        options_(options),
        histories_(market.options().users),
        clients_([address = parse_http_address(url), options] {
          return std::make_unique<HttpClient>(address,
                                              std::chrono::milliseconds(options.timeout_ms));
        }) {
    check_loopback(url, options);
  }

  void rank(const PageRequest& request, size_t size, std::vector<uint32_t>& page) const override {
    std::vector<Candidate> candidates(request.candidates.begin(), request.candidates.end());
    std::sort(candidates.begin(), candidates.end(), [](const Candidate& a, const Candidate& b) {
      return a.match != b.match ? a.match > b.match : a.item < b.item;
    });
    HttpAnswer answer;
    {
      const Pool<HttpClient>::Loan client(clients_);
      answer = client->post_json("/v1/rank", body_of(request, candidates, size));
    }
    read(answer, candidates, size, page);
  }

  // What users did becomes their history.
  void learn(std::span<const PageRecord> pages) override {
    for (const PageRecord& page : pages) {
      std::vector<Event>& history = histories_[page.user];
      std::vector<Event> events;
      for (const ShownItem& shown : page.shown) {
        for (const int32_t done : shown.done) {
          if (done > 0) events.push_back({shown.item, page.time + done});
        }
      }
      std::stable_sort(events.begin(), events.end(),
                       [](const Event& a, const Event& b) { return a.time < b.time; });
      history.insert(history.end(), events.begin(), events.end());
      if (history.size() > options_.history) {
        history.erase(history.begin(), history.end() - options_.history);
      }
    }
  }

 private:
  std::string body_of(const PageRequest& request, const std::vector<Candidate>& candidates,
                      size_t size) const {
    json body = {{"user_id", user_name(request.user)},
                 {"history", json::array()},
                 {"candidates", json::array()},
                 {"scores", json::array()},
                 {"ranks", json::array()},
                 {"now", request.time},
                 {"k", size}};
    for (const Event& event : histories_[request.user]) {
      body["history"].push_back({{"item_id", item_name(event.item)}, {"timestamp", event.time}});
    }
    // Ranks and scores as lists of real impressions have them: the place, and one over it.
    for (size_t i = 0; i < candidates.size(); ++i) {
      body["candidates"].push_back(item_name(candidates[i].item));
      body["ranks"].push_back(i + 1);
      body["scores"].push_back(1 / static_cast<double>(i + 1));
    }
    if (options_.send_query) body["query"] = market_.book().query(request.query).text;
    return body.dump();
  }

  void read(const HttpAnswer& answer, const std::vector<Candidate>& candidates, size_t size,
            std::vector<uint32_t>& page) const {
    if (answer.status != 200)
      throw wrong("status " + std::to_string(answer.status) + ", " + answer.body.substr(0, 200),
                  "status 200");
    const json body = json::parse(answer.body, nullptr, false);
    if (!body.is_object() || !body.contains("items") || !body["items"].is_array()) {
      throw wrong(answer.body.substr(0, 200), "an object with 'items'");
    }
    page.clear();
    for (const json& item : body["items"]) {
      if (page.size() == size) break;
      const json place = item.is_object() ? item.value("position", json()) : json();
      if (!place.is_number_unsigned() || place.get<size_t>() >= candidates.size()) {
        throw wrong(item.dump(), "a 'position' among the candidates");
      }
      const uint32_t number = candidates[place.get<size_t>()].item;
      if (std::find(page.begin(), page.end(), number) != page.end()) {
        throw wrong(item.dump(), "each candidate once");
      }
      page.push_back(number);
    }
  }

  Error wrong(const std::string& found, const std::string& expected) const {
    return data_error(url_ + "/v1/rank", 0, "", found, expected);
  }

  const std::string url_;
  const Marketplace& market_;
  const RemoteOptions options_;
  std::vector<std::vector<Event>> histories_;  // (users)
  mutable Pool<HttpClient> clients_;
};

}  // namespace

void check_loopback(const std::string& url, const RemoteOptions& options) {
  if (options.allow_remote || parse_http_address(url).loopback()) return;
  throw Error("'" + url + "' is another machine; --allow-remote lets it be asked");
}

std::unique_ptr<RankingPolicy> make_remote_policy(const std::string& url, const Marketplace& market,
                                                  const RemoteOptions& options) {
  return std::make_unique<RemotePolicy>(url, market, options);
}

}  // namespace kaskad::sim
