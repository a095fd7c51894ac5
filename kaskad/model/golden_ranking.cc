#include "kaskad/model/golden_ranking.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <nlohmann/json.hpp>

#include "kaskad/core/error.h"

namespace kaskad {
namespace {

using nlohmann::json;

constexpr size_t kMostHistory = 100;
constexpr size_t kMostCandidates = 20;

std::string describe(float score) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.6g", static_cast<double>(score));
  return text;
}

std::vector<float> answer(const Ranker& ranker, const GoldenRanking& golden) {
  std::vector<float> scores(golden.candidates.size() * ranker.heads().size());
  const RankRequest request = golden.request();
  ranker.score_heads({&request, 1}, scores);
  return scores;
}

template <typename T>
std::vector<T> tail(std::span<const T> values, size_t most) {
  const auto kept = values.last(std::min(values.size(), most));
  return {kept.begin(), kept.end()};
}

template <typename T>
std::vector<T> head(std::span<const T> values, size_t count) {
  return {values.begin(), values.begin() + static_cast<ptrdiff_t>(std::min(values.size(), count))};
}

GoldenRanking golden_of(const Dataset& dataset, const ImpressionList& list, size_t contexts) {
  GoldenRanking golden;
  golden.user = list.user;
  golden.now = list.time;
  if (list.user != kNoUser) {
    const History history = dataset.history(list.user).first(list.history_end);
    golden.history = tail(history.items, kMostHistory);
    golden.times = tail(history.times, kMostHistory);
    golden.actions = tail(history.actions, kMostHistory);
  }
  golden.candidates = head(list.items, kMostCandidates);
  golden.scores = head(list.scores, kMostCandidates);
  golden.ranks = head(list.ranks, kMostCandidates);
  golden.query = list.query_text;
  golden.context = head(list.context, golden.candidates.size() * contexts);
  return golden;
}

// JSON has no NaN: what is not known is null.
json numbers(const std::vector<float>& values) {
  json list = json::array();
  for (const float value : values) list.push_back(std::isnan(value) ? json() : json(value));
  return list;
}

std::vector<float> numbers_of(const json& list) {
  std::vector<float> values;
  for (const json& value : list) {
    values.push_back(value.is_null() ? std::numeric_limits<float>::quiet_NaN()
                                     : value.get<float>());
  }
  return values;
}

json ids(const std::vector<ItemId>& items) {
  json list = json::array();
  for (const ItemId item : items) list.push_back(static_cast<uint32_t>(item));
  return list;
}

std::vector<ItemId> ids_of(const json& list) {
  std::vector<ItemId> items;
  for (const json& item : list) items.push_back(ItemId{item.get<uint32_t>()});
  return items;
}

}  // namespace

RankRequest GoldenRanking::request() const {
  RankRequest request;
  request.user = user;
  request.history.items = history;
  request.history.times = times;
  request.history.actions = actions;
  request.now = now;
  request.candidates = candidates;
  request.scores = scores;
  request.ranks = ranks;
  request.context = context;
  request.query = query;
  return request;
}

std::vector<GoldenRanking> choose_golden_rankings(const Dataset& dataset,
                                                  const Impressions& lists) {
  std::vector<GoldenRanking> golden;
  const size_t count = std::min(kGoldenLists, lists.size());
  for (size_t g = 0; g < count; ++g) {
    golden.push_back(
        golden_of(dataset, lists.list(g * lists.size() / count), lists.facts().contexts.size()));
  }
  if (golden.size() < 2) return golden;
  golden[0].user = kNoUser;
  golden[0].history.clear();
  golden[0].times.clear();
  golden[0].actions.clear();
  if (!golden[1].candidates.empty()) golden[1].candidates.back() = kNoItem;
  if (!golden[1].actions.empty()) golden[1].actions.back() = kUnknownAction;
  return golden;
}

void answer_golden(const Ranker& ranker, std::vector<GoldenRanking>& golden) {
  for (size_t g = 0; g < golden.size(); ++g) {
    golden[g].expected = answer(ranker, golden[g]);
    for (const float score : golden[g].expected) {
      if (std::isfinite(score)) continue;
      throw Error("ranker '" + ranker.kind() + "' cannot be saved: golden list " +
                  std::to_string(g) + " gets the score " + describe(score));
    }
  }
}

void verify_golden(const Ranker& ranker, const std::vector<GoldenRanking>& golden,
                   const std::string& where) {
  for (size_t g = 0; g < golden.size(); ++g) {
    const std::vector<float> found = answer(ranker, golden[g]);
    const std::vector<float>& expected = golden[g].expected;
    if (found.size() != expected.size()) {
      throw data_error(
          where, 0, "",
          std::to_string(expected.size()) + " scores of golden list " + std::to_string(g),
          std::to_string(found.size()) + " as the ranker gives");
    }
    float largest = 0;
    for (const float score : expected) largest = std::max(largest, std::abs(score));
    for (size_t i = 0; i < found.size(); ++i) {
      if (std::abs(found[i] - expected[i]) <= ranker.tolerance() * largest) continue;
      throw data_error(where, 0, "",
                       "score " + describe(found[i]) + " at place " + std::to_string(i) +
                           " of golden list " + std::to_string(g),
                       describe(expected[i]) +
                           "; this build does not reproduce the ranker, save the bundle again");
    }
  }
}

json golden_to_json(const std::vector<GoldenRanking>& golden) {
  json list = json::array();
  for (const GoldenRanking& one : golden) {
    list.push_back({{"user", static_cast<uint32_t>(one.user)},
                    {"now", one.now},
                    {"history", ids(one.history)},
                    {"times", one.times},
                    {"candidates", ids(one.candidates)},
                    {"scores", numbers(one.scores)},
                    {"ranks", one.ranks},
                    {"context", numbers(one.context)},
                    {"query", one.query},
                    {"expected", numbers(one.expected)}});
    if (!one.actions.empty()) list.back()["actions"] = one.actions;
  }
  return list;
}

std::vector<GoldenRanking> golden_rankings_from_json(const json& list) {
  std::vector<GoldenRanking> golden;
  for (const json& entry : list) {
    GoldenRanking one;
    one.user = UserId{entry.at("user").get<uint32_t>()};
    entry.at("now").get_to(one.now);
    one.history = ids_of(entry.at("history"));
    entry.at("times").get_to(one.times);
    one.actions = entry.value("actions", std::vector<uint8_t>());
    one.candidates = ids_of(entry.at("candidates"));
    one.scores = numbers_of(entry.at("scores"));
    entry.at("ranks").get_to(one.ranks);
    one.context = numbers_of(entry.at("context"));
    one.query = entry.value("query", "");  // bundles from before there were queries lack it
    one.expected = numbers_of(entry.at("expected"));
    if (one.history.size() != one.times.size() ||
        (!one.actions.empty() && one.actions.size() != one.history.size()) ||
        one.scores.size() != one.candidates.size() || one.ranks.size() != one.candidates.size()) {
      throw Error("the lengths of a golden list do not fit together");
    }
    golden.push_back(std::move(one));
  }
  return golden;
}

}  // namespace kaskad
