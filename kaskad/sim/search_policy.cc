#include "kaskad/sim/search_policy.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>

#include "kaskad/client/http_client.h"
#include "kaskad/core/error.h"
#include "kaskad/core/pool.h"
#include "kaskad/sim/log_files.h"

namespace kaskad::sim {
namespace {

using nlohmann::json;

constexpr size_t kEventsABody = 1000;

class SearchPolicy : public RankingPolicy {
 public:
  SearchPolicy(const std::string& url, const Marketplace& market, const RemoteOptions& options)
      : url_(url), market_(market), clients_([address = parse_http_address(url), options] {
          return std::make_unique<HttpClient>(address,
                                              std::chrono::milliseconds(options.timeout_ms));
        }) {
    check_loopback(url, options);
  }

  void rank(const PageRequest& request, size_t size, std::vector<uint32_t>& page) const override {
    const json body = {{"user_id", user_name(request.user)},
                       {"query", market_.book().query(request.query).text},
                       {"now", request.time},
                       {"k", size},
                       {"exclude_seen", false},  // people look at a thing twice
                       {"request_id", request_id(request.visit, request.number)}};
    const json answer = ask("/v1/search", body);
    if (!answer.contains("items") || !answer["items"].is_array()) {
      throw wrong("/v1/search", answer.dump().substr(0, 200), "an object with 'items'");
    }
    page.clear();
    for (const json& item : answer["items"]) {
      const uint32_t number = number_of(item);
      if (page.size() < size && market_.catalogue().alive(number, request.time)) {
        page.push_back(number);
      }
    }
  }

  void learn(std::span<const PageRecord> pages) override {
    json events = json::array();
    for (const PageRecord& page : pages) {
      if (page.time < market_.log_end()) continue;
      for (const ShownItem& shown : page.shown) add_actions(page, shown, events);
    }
    for (size_t begin = 0; begin < events.size(); begin += kEventsABody) {
      const auto first = events.begin() + static_cast<ptrdiff_t>(begin);
      const size_t count = std::min(kEventsABody, events.size() - begin);
      const json lot(first, first + static_cast<ptrdiff_t>(count));
      const json answer = ask("/v1/events", {{"events", json(lot)}});
      const size_t taken =
          answer.value("stored", size_t{0}) + answer.value("duplicates", size_t{0});
      if (taken == count) continue;
      throw wrong("/v1/events", answer.dump(), "all " + std::to_string(count) + " events stored");
    }
  }

 private:
  std::string request_id(uint64_t visit, uint32_t number) const {
    return "s" + std::to_string(market_.options().seed) + "-" + std::to_string(visit) + "-" +
           std::to_string(number);
  }

  void add_actions(const PageRecord& page, const ShownItem& shown, json& events) const {
    for (size_t action = 0; action < kActions; ++action) {
      if (shown.done[action] == 0) continue;
      const std::string id = request_id(page.visit, page.number);
      events.push_back({{"user_id", user_name(page.user)},
                        {"item_id", item_name(shown.item)},
                        {"action", kActionNames[action]},
                        {"timestamp", page.time + shown.done[action]},
                        {"query", market_.book().query(page.query).text},
                        {"request_id", id},
                        {"event_id", id + "-" + item_name(shown.item) + kActionNames[action]}});
    }
  }

  json ask(const std::string& path, const json& body) const {
    HttpAnswer answer;
    {
      const Pool<HttpClient>::Loan client(clients_);
      answer = client->post_json(path, body.dump());
    }
    if (answer.status != 200) {
      throw wrong(path,
                  "status " + std::to_string(answer.status) + ", " + answer.body.substr(0, 200),
                  "status 200");
    }
    json parsed = json::parse(answer.body, nullptr, false);
    if (!parsed.is_object()) throw wrong(path, answer.body.substr(0, 200), "an object");
    return parsed;
  }

  // Of "i17".
  uint32_t number_of(const json& item) const {
    const std::string name = item.is_object() ? item.value("item_id", "") : "";
    uint32_t number = 0;
    const char* end = name.data() + name.size();
    const bool is_item = name.starts_with('i') &&
                         std::from_chars(name.data() + 1, end, number).ptr == end &&
                         number < market_.catalogue().size();
    if (!is_item) throw wrong("/v1/search", item.dump().substr(0, 200), "an item of the world");
    return number;
  }

  Error wrong(const std::string& path, const std::string& found,
              const std::string& expected) const {
    return data_error(url_ + path, 0, "", found, expected);
  }

  const std::string url_;
  const Marketplace& market_;
  mutable Pool<HttpClient> clients_;
};

}  // namespace

std::unique_ptr<RankingPolicy> make_search_policy(const std::string& url, const Marketplace& market,
                                                  const RemoteOptions& options) {
  return std::make_unique<SearchPolicy>(url, market, options);
}

}  // namespace kaskad::sim
