#include "kaskad/model/golden.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace kaskad {
namespace {

using nlohmann::json;

// Lengths that request number r asks for, as far as its user has so many events.
constexpr size_t kLengths[kGoldenRequests] = {0,  1,  2,  3,   5, 8, 13, 21,
                                              34, 55, 89, 144, 1, 4, 10, 200};

std::vector<ScoredItem> answer(const Retriever& model, const FeatureTable& users,
                               const GoldenRequest& request) {
  Query query;
  query.history.items = request.items;
  query.history.times = request.times;
  if (request.user && !users.empty()) query.user_features = {&users, index(*request.user)};
  query.now = request.now;
  query.exclude_seen = request.exclude_seen;
  query.text = request.query;
  std::vector<ScoredItem> row(kGoldenK);
  model.retrieve({&query, 1}, kGoldenK, row);
  return row;
}

// How far scores may lie apart: scores of one request are of one scale, whatever it is.
float allowed_difference(const std::vector<ScoredItem>& expected) {
  float largest = 0;
  for (const ScoredItem& scored : expected) largest = std::max(largest, std::abs(scored.score));
  return kGoldenTolerance * largest;
}

// The first rank at which the answers differ, or their length.
size_t first_difference(const std::vector<ScoredItem>& expected,
                        const std::vector<ScoredItem>& found) {
  const float allowed = allowed_difference(expected);
  const auto close = [&](float a, float b) { return std::abs(a - b) <= allowed; };
  for (size_t rank = 0; rank < expected.size(); ++rank) {
    const ScoredItem& now = found[rank];
    if (!close(expected[rank].score, now.score)) return rank;
    const auto same = std::find_if(expected.begin(), expected.end(),
                                   [&](const ScoredItem& e) { return e.item == now.item; });
    // A new item may only have come up from just below the end of the list.
    const float before = same != expected.end() ? same->score : expected.back().score;
    const bool padding = (now.item == kNoItem) != (expected[rank].item == kNoItem);
    if (padding || !close(before, now.score)) return rank;
  }
  return expected.size();
}

std::string describe(const ScoredItem& scored) {
  if (scored.item == kNoItem) return "nothing";
  char score[32];
  std::snprintf(score, sizeof(score), "%.6g", static_cast<double>(scored.score));
  return "item " + std::to_string(index(scored.item)) + " with score " + score;
}

}  // namespace

std::vector<GoldenRequest> choose_golden(const Dataset& dataset,
                                         std::span<const uint32_t> history_end, int64_t now) {
  std::vector<GoldenRequest> requests(kGoldenRequests);
  for (size_t r = 0; r < kGoldenRequests; ++r) {
    GoldenRequest& request = requests[r];
    request.now = now;
    request.exclude_seen = r % 4 != 3;
    if (dataset.num_users() == 0) continue;
    const size_t user = r * dataset.num_users() / kGoldenRequests;
    const UserId id{static_cast<uint32_t>(user)};
    if (r % 4 != 2) request.user = id;
    const History all = dataset.history(id);
    const size_t stored = history_end.empty() ? all.size() : history_end[user];
    const size_t length = std::min(kLengths[r], stored);
    const auto items = all.items.subspan(stored - length, length);
    const auto times = all.times.subspan(stored - length, length);
    request.items.assign(items.begin(), items.end());
    request.times.assign(times.begin(), times.end());
  }
  return requests;
}

void answer_golden(const Retriever& model, const FeatureTable& users,
                   std::vector<GoldenRequest>& requests) {
  for (size_t r = 0; r < requests.size(); ++r) {
    requests[r].expected = answer(model, users, requests[r]);
    for (const ScoredItem& scored : requests[r].expected) {
      if (std::isfinite(scored.score)) continue;
      throw Error("model '" + model.kind() + "' cannot be saved: golden request " +
                  std::to_string(r) + " gets " + describe(scored));
    }
  }
}

void verify_golden(const Retriever& model, const std::vector<GoldenRequest>& requests,
                   const FeatureTable& users, const std::string& where) {
  for (size_t r = 0; r < requests.size(); ++r) {
    const std::vector<ScoredItem> found = answer(model, users, requests[r]);
    const size_t rank = first_difference(requests[r].expected, found);
    if (rank == found.size()) continue;
    throw data_error(where, 0, "",
                     describe(found[rank]) + " at rank " + std::to_string(rank + 1) +
                         " of golden request " + std::to_string(r),
                     describe(requests[r].expected[rank]) +
                         "; this build does not reproduce the model, save the bundle again");
  }
}

json golden_to_json(const std::vector<GoldenRequest>& requests) {
  json list = json::array();
  for (const GoldenRequest& request : requests) {
    json expected = json::array();
    for (const ScoredItem& scored : request.expected) {
      if (scored.item != kNoItem) expected.push_back({index(scored.item), scored.score});
    }
    json items = json::array();
    for (const ItemId item : request.items) items.push_back(index(item));
    const json user = request.user ? json(index(*request.user)) : json();
    list.push_back({{"history", items},
                    {"user", user},
                    {"times", request.times},
                    {"now", request.now},
                    {"exclude_seen", request.exclude_seen},
                    {"expected", expected}});
    if (!request.query.empty()) list.back()["query"] = request.query;
  }
  return list;
}

std::vector<GoldenRequest> golden_from_json(const json& list) {
  std::vector<GoldenRequest> requests;
  for (const json& entry : list) {
    GoldenRequest request;
    for (const json& item : entry.at("history"))
      request.items.push_back(ItemId(item.get<uint32_t>()));
    entry.at("times").get_to(request.times);
    if (entry.contains("user") && !entry["user"].is_null()) {
      request.user = UserId{entry["user"].get<uint32_t>()};
    }
    entry.at("now").get_to(request.now);
    entry.at("exclude_seen").get_to(request.exclude_seen);
    request.query = entry.value("query", "");
    for (const json& pair : entry.at("expected")) {
      request.expected.push_back({ItemId(pair.at(0).get<uint32_t>()), pair.at(1).get<float>()});
    }
    if (request.expected.size() > kGoldenK || request.items.size() != request.times.size()) {
      throw Error("the lengths of a golden request do not fit together");
    }
    request.expected.resize(kGoldenK);
    requests.push_back(std::move(request));
  }
  return requests;
}

}  // namespace kaskad
