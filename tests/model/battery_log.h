// The log of the retriever battery, small and with a known structure, and questions about it; for
// any test that wants a dataset. A checkerboard: even users take even items, odd users odd items.
// Item kUnknownItem never occurs.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "kaskad/dataset/dataset_writer.h"
#include "kaskad/model/retriever.h"
#include "tests/temp_dir.h"

namespace kaskad {

inline constexpr size_t kBatteryUsers = 24;
inline constexpr size_t kBatteryItems = 21;
inline constexpr ItemId kUnknownItem{20};
inline constexpr int64_t kDayMs = 86'400'000;

// A directory of this process, removed at its end.
inline std::string battery_directory(const std::string& name) {
  static const TempDir scratch;
  const std::string path = scratch / name;
  std::filesystem::create_directories(path);
  return path;
}

// Item i is called "Title of i".
inline CategoricalColumn battery_titles() {
  CategoricalColumn titles;
  titles.name = "title";
  titles.offsets.push_back(0);
  for (uint32_t item = 0; item < kBatteryItems; ++item) {
    titles.names.push_back("Title of " + std::to_string(item));
    titles.codes.push_back(item);
    titles.offsets.push_back(item + 1);
  }
  return titles;
}

// Even users are of parity "even", the others of "odd"; user u is 20 + u years old.
inline FeatureColumns battery_users() {
  CategoricalColumn parity{.name = "parity", .names = {"even", "odd"}, .offsets = {0}, .codes = {}};
  DenseColumn age{.name = "age", .dimension = 1, .values = {}};
  for (uint32_t user = 0; user < kBatteryUsers; ++user) {
    parity.codes.push_back(user % 2);
    parity.offsets.push_back(user + 1);
    age.values.push_back(20 + static_cast<float>(user));
  }
  return {.categorical = {parity}, .dense = {age}};
}

// Even user u takes 6 of the even items {0, 2, ..., 18}, odd users the odd ones: event e of user u
// is number (u / 2 + e) % 10 of its group. Events are a day apart.
inline const Dataset& battery_dataset() {
  static const Dataset dataset = [] {
    constexpr uint32_t kEvents = 6;
    std::vector<std::string> names;
    for (size_t i = 0; i < kBatteryUsers; ++i) names.push_back("user-" + std::to_string(i));
    for (size_t i = 0; i < kBatteryItems; ++i) names.push_back("item-" + std::to_string(i));
    const std::string directory = battery_directory("dataset");
    DatasetWriter writer(directory, false);
    for (uint32_t user = 0; user < kBatteryUsers; ++user) {
      std::vector<ItemId> items;
      std::vector<int64_t> times;
      for (uint32_t event = 0; event < kEvents; ++event) {
        items.push_back(ItemId{(user / 2 + event) % 10 * 2 + user % 2});
        times.push_back((100 + user + event) * kDayMs);
      }
      const std::vector<float> weights(kEvents, 1.0f);
      writer.append(std::vector<uint32_t>{kEvents}, History{items, times, weights, {}});
    }
    DatasetContents contents;
    contents.users.assign(names.begin(), names.begin() + kBatteryUsers);
    contents.items.assign(names.begin() + kBatteryUsers, names.end());
    contents.time_kind = TimeKind::kClock;
    contents.item_features.categorical.push_back(battery_titles());
    contents.user_features = battery_users();
    writer.finish(contents);
    return Dataset::open(directory);
  }();
  return dataset;
}

// A query with arrays of its own.
struct OwnedQuery {
  std::vector<ItemId> items, exclude, allow;
  std::vector<int64_t> times;
  std::vector<float> weights;
  bool exclude_seen = true;
  std::string text;

  static constexpr int64_t kNow = 200 * kDayMs;

  OwnedQuery& take(std::initializer_list<uint32_t> history) {
    for (const uint32_t item : history) push(ItemId{item});
    return *this;
  }
  void push(ItemId item) {
    items.push_back(item);
    times.push_back((150 + static_cast<int64_t>(items.size())) * kDayMs);
    weights.push_back(1);
  }
  Query view() const {
    return {.history = {items, times, weights, {}},
            .now = kNow,
            .exclude_seen = exclude_seen,
            .exclude = exclude,
            .allow = allow,
            .text = text};
  }
};

inline std::vector<OwnedQuery> random_queries(size_t count) {
  std::mt19937 random(7);
  std::vector<OwnedQuery> queries(count);
  for (size_t q = 0; q < count; q += 2) {  // every other one searches, some for all items
    queries[q].text = q % 3 == 0 ? "title" : std::to_string(q * 5 % kBatteryItems) + " OF 4";
  }
  for (OwnedQuery& query : queries) {
    for (size_t length = random() % 9; length > 0; --length) {
      query.push(ItemId{static_cast<uint32_t>(random() % kBatteryItems)});
    }
    query.exclude_seen = random() % 4 != 0;
    if (random() % 4 == 0) query.exclude = {ItemId{4}, ItemId{3}, ItemId{4}};
    if (random() % 6 == 0) query.allow = {ItemId{8}, ItemId{1}, ItemId{2}, ItemId{20}, ItemId{9}};
  }
  return queries;
}

inline std::vector<ScoredItem> retrieve_all(const Retriever& model,
                                            const std::vector<OwnedQuery>& owned, size_t k) {
  std::vector<Query> queries;
  for (const OwnedQuery& query : owned) queries.push_back(query.view());
  std::vector<ScoredItem> rows(owned.size() * k);
  model.retrieve(queries, k, rows);
  return rows;
}

inline std::vector<ScoredItem> retrieve_one(const Retriever& model, const OwnedQuery& query,
                                            size_t k) {
  return retrieve_all(model, {query}, k);
}

}  // namespace kaskad
