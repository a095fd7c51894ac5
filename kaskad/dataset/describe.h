// What a dataset looks like, in numbers that decide which methods can work on it. Printed by
// `kaskad ingest --describe`, plotted by the report.
//
// to_json() gives one object:
//   directory, hash
//   rows, users, items, density          density = distinct user-item pairs / (users * items)
//   time      {kind: "clock" | "order"}, and with a clock: {first, last: ISO-8601, days}
//   actions   [{name, rows}]             empty without actions
//   weights   {min, mean, max, values: [{value, rows}]}   values: only when at most 20 distinct
//   history_length {min, mean, max, quantiles: {"p1": n, ..., "p99": n},
//                   histogram: [{from, to, count}]}       events of a user; from..to inclusive
//   item_count     the same of the events of an item
//   popularity {gini, head: [{share_of_items, items, share_of_rows}],
//               curve: [{share_of_items, share_of_rows}]} items in descending order of events
//   repeats   {rows, share}              events of a user with an item he had before
//   ties      {pairs, equal, share}      consecutive events of a user with the same time
//   activity  {unit: "day" | "month" | "", periods: [{start: "2000-04-25" | "2000-04", rows}]}
//             every period from the first to the last; empty without a clock
//   gaps      [{label, from_seconds, to_seconds, pairs, share}]   time between consecutive events
//             of a user, from <= gap < to (null: no end); the first row is gap 0; empty without a
//             clock
//   item_features, user_features  [{name, kind: "categorical" | "dense", values, dimension, known}]
//             known = share of rows that have a value
#pragma once

#include <array>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "kaskad/core/progress.h"
#include "kaskad/dataset/dataset.h"

namespace kaskad {

inline constexpr std::array<int, 9> kQuantilePercents{1, 5, 10, 25, 50, 75, 90, 95, 99};

// Of counts of at least 1.
struct Distribution {
  struct Bucket {
    uint64_t from, to;  // both inclusive
    uint64_t count;
  };
  uint64_t min = 0, max = 0;
  double mean = 0;
  std::array<uint64_t, kQuantilePercents.size()> quantiles{};  // nearest rank
  std::vector<Bucket> histogram;                               // of [1, 1], [2, 3], [4, 7], ...
};

struct Popularity {
  struct Point {
    double share_of_items;
    uint64_t items;
    double share_of_rows;
  };
  double gini = 0;           // 0: all items alike, near 1: one item has all events
  std::vector<Point> head;   // the top 1%, 10%, 50% of the items
  std::vector<Point> curve;  // Lorenz curve from the top, about 100 points from (0, 0) to (1, 1)
};

struct Description {
  struct Named {
    std::string name;
    uint64_t rows;
  };
  struct Weights {
    float min = 0, max = 0;
    double mean = 0;
    std::vector<std::pair<float, uint64_t>> values;  // ascending; empty when more than 20
  };
  struct Gap {
    std::string label;
    double from_seconds, to_seconds;
    uint64_t pairs;
  };
  struct Feature {
    std::string name;
    bool categorical;
    uint64_t values;     // distinct ones of a categorical feature
    uint64_t dimension;  // of a dense one
    double known;
  };

  std::string directory, hash;
  uint64_t rows = 0, users = 0, items = 0;
  double density = 0;
  TimeKind time_kind = TimeKind::kOrder;
  int64_t first_time = 0, last_time = 0;
  std::vector<Named> actions;
  Weights weights;
  Distribution history_length, item_count;
  Popularity popularity;
  uint64_t repeats = 0;
  uint64_t pairs = 0, ties = 0;  // of consecutive events
  std::string period_unit;
  std::vector<Named> periods;
  std::vector<Gap> gaps;
  std::vector<Feature> item_features, user_features;
};

Description describe(const Dataset& data, const Progress& progress = {});

nlohmann::json to_json(const Description& description);

// "2000-04-25T23:05:32Z" of milliseconds since 1970.
std::string iso_time(int64_t milliseconds);

}  // namespace kaskad
