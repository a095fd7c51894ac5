// Datasets out of literal rows, for the tests of every folder:
//
//   TestDataset log({{"ann", "milk", 1}, {"bob", "beer", 2}, {"ann", "beer", 3}});
//   log.data.history(log.user("ann")).items   // milk, beer
//
// Ids are dense in order of first appearance; ties in time keep the order of the rows. Grouping
// is done here in the plainest way, so that it also serves as the reference of ingest.
#pragma once

#include <algorithm>
#include <string>
#include <unordered_map>
#include <vector>

#include "kaskad/core/error.h"
#include "kaskad/dataset/dataset.h"
#include "kaskad/dataset/dataset_writer.h"
#include "tests/temp_dir.h"

namespace kaskad {

struct TestRow {
  std::string user, item;
  int64_t time = 0;  // milliseconds when the dataset has a clock
  float weight = 1;
  std::string action = {};  // actions are stored when any row has one
};

// Names in order of first appearance, and their positions.
struct TestIds {
  std::vector<std::string> names;
  std::unordered_map<std::string, uint32_t> positions;

  uint32_t id(const std::string& name) {
    const auto [found, added] = positions.emplace(name, static_cast<uint32_t>(names.size()));
    if (added) names.push_back(name);
    return found->second;
  }
};

// Users, items and actions of `contents` are filled in here; pass time kind and feature columns in
// `contents`.
inline std::string write_dataset(const std::string& directory, const std::vector<TestRow>& rows,
                                 DatasetContents contents = {.time_kind = TimeKind::kClock}) {
  TestIds users, items, actions;
  struct Event {
    int64_t time;
    ItemId item;
    float weight;
    uint8_t action;
  };
  std::vector<std::vector<Event>> histories;
  bool with_actions = false;
  for (const TestRow& row : rows) with_actions |= !row.action.empty();
  for (const TestRow& row : rows) {
    const uint32_t user = users.id(row.user);
    const ItemId item{items.id(row.item)};
    const uint32_t action = with_actions ? actions.id(row.action) : 0;
    histories.resize(users.names.size());
    histories[user].push_back({row.time, item, row.weight, static_cast<uint8_t>(action)});
  }
  std::filesystem::create_directories(directory);
  DatasetWriter writer(directory, with_actions);
  for (auto& events : histories) {
    std::stable_sort(events.begin(), events.end(),
                     [](const Event& a, const Event& b) { return a.time < b.time; });
    std::vector<ItemId> item;
    std::vector<int64_t> time;
    std::vector<float> weight;
    std::vector<uint8_t> action;
    for (const Event& event : events) {
      item.push_back(event.item);
      time.push_back(event.time);
      weight.push_back(event.weight);
      if (with_actions) action.push_back(event.action);
    }
    const uint32_t length = static_cast<uint32_t>(events.size());
    writer.append({&length, 1}, {item, time, weight, action});
  }
  contents.users.assign(users.names.begin(), users.names.end());
  contents.items.assign(items.names.begin(), items.names.end());
  contents.actions = actions.names;
  return writer.finish(contents);
}

// A dataset in a temporary directory of its own.
struct TestDataset {
  explicit TestDataset(const std::vector<TestRow>& rows,
                       const DatasetContents& contents = {.time_kind = TimeKind::kClock})
      : directory(),
        hash(write_dataset(directory / "data", rows, contents)),
        data(Dataset::open(directory / "data")) {}

  UserId user(const std::string& name) const { return UserId{data.users().find(name).value()}; }
  ItemId item(const std::string& name) const { return ItemId{data.items().find(name).value()}; }

  TempDir directory;
  std::string hash;
  Dataset data;
};

}  // namespace kaskad
