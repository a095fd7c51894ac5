#include "kaskad/grpc/request_messages.h"

#include <charconv>
#include <optional>
#include <string>
#include <utility>

#include "kaskad/server/request_checks.h"

namespace kaskad {
namespace {

GivenHistory read_history(const v1::History& message) {
  GivenHistory history;
  for (const v1::HistoryEvent& event : message.events()) {
    history.items.push_back(event.item_id());
    if (event.has_timestamp()) history.times.push_back(event.timestamp());
    if (event.action().empty()) continue;
    history.actions.resize(history.items.size());  // those before may have none
    history.actions.back() = event.action();
  }
  if (!history.actions.empty()) history.actions.resize(history.items.size());
  return history;
}

std::string decimal(float number) {
  char text[32];
  return {text, std::to_chars(text, text + sizeof(text), number).ptr};
}

using FeatureMap = google::protobuf::Map<std::string, v1::FeatureValues>;

Parsed<std::vector<GivenFeature>> read_features(const FeatureMap& messages) {
  std::vector<GivenFeature> features;
  for (const auto& [name, given] : messages) {
    if (given.texts_size() > 0 && given.numbers_size() > 0) {
      return BadRequest{"'user_features', '" + name.substr(0, 60) +
                        "': found texts and numbers, expected one of them"};
    }
    GivenFeature& feature = features.emplace_back();
    feature.name = name;
    feature.values = {given.texts().begin(), given.texts().end()};
    feature.numbers = {given.numbers().begin(), given.numbers().end()};
    for (const float number : given.numbers()) feature.values.push_back(decimal(number));
  }
  return features;
}

// What the three messages share.
template <typename Message>
Parsed<RecommendRequest> read_shared(const Message& message) {
  RecommendRequest request;
  if (message.has_user_id()) request.user_id = message.user_id();
  if (message.has_history()) request.history = read_history(message.history());
  if (message.has_k()) request.k = message.k();
  if (message.has_now()) request.now = message.now();
  request.exclude = {message.exclude().begin(), message.exclude().end()};
  if (message.has_exclude_seen()) request.exclude_seen = message.exclude_seen();
  if (message.has_allow()) {
    request.allow.emplace(message.allow().ids().begin(), message.allow().ids().end());
  }
  request.sources = message.sources();
  request.request_id = message.request_id();
  if (message.user_features().empty()) return request;
  auto features = read_features(message.user_features());
  if (auto* bad = std::get_if<BadRequest>(&features)) return std::move(*bad);
  request.user_features = std::get<std::vector<GivenFeature>>(std::move(features));
  return request;
}

LiveEvent read_event(const v1::Event& message, int64_t now) {
  return {.id = message.event_id(),
          .user_id = message.user_id(),
          .item_id = message.item_id(),
          .action = message.action(),
          .query = message.query(),
          .request_id = message.request_id(),
          .time = message.has_timestamp() ? to_dataset_time(message.timestamp(), TimeKind::kClock)
                                          : now,
          .weight = message.has_weight() ? message.weight() : 1};
}

}  // namespace

Parsed<RecommendRequest> read(const v1::RecommendRequest& message) {
  auto parsed = read_shared(message);
  if (auto* request = std::get_if<RecommendRequest>(&parsed)) request->explain = message.explain();
  return parsed;
}

Parsed<RecommendRequest> read(const v1::SearchRequest& message) {
  auto parsed = read_shared(message);
  if (auto* request = std::get_if<RecommendRequest>(&parsed)) request->query = message.query();
  return parsed;
}

Parsed<RecommendRequest> read(const v1::ExplainRequest& message) {
  auto parsed = read_shared(message);
  if (auto* request = std::get_if<RecommendRequest>(&parsed)) {
    request->explain = message.explain();
    request->query = message.query();
    if (message.has_item_id()) request->item_id = message.item_id();
  }
  return parsed;
}

Parsed<GivenList> read(const v1::RankRequest& message) {
  GivenList list;
  if (message.has_user_id()) list.user_id = message.user_id();
  if (message.has_history()) list.history = read_history(message.history());
  list.query = message.query();
  list.candidates = {message.candidates().begin(), message.candidates().end()};
  list.scores = {message.scores().begin(), message.scores().end()};
  list.ranks = {message.ranks().begin(), message.ranks().end()};
  for (const auto& [name, column] : message.context()) {
    list.context.emplace_back(name,
                              std::vector<float>(column.values().begin(), column.values().end()));
  }
  if (message.has_now()) list.now = message.now();
  if (message.has_k()) list.k = message.k();
  list.heads = message.heads();
  return list;
}

Parsed<std::vector<LiveEvent>> read(const v1::AppendEventsRequest& message, int64_t now) {
  std::vector<LiveEvent> events;
  for (const v1::Event& one : message.events()) {
    events.push_back(read_event(one, now));
    if (const auto bad = check(events.back())) {
      return BadRequest{"'events', event " + std::to_string(events.size()) + ": " + bad->why};
    }
  }
  return events;
}

}  // namespace kaskad
