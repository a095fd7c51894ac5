// Logs whose truth is known, small enough to try variants by the dozen.
#pragma once

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "kaskad/grid/grid.h"
#include "tests/dataset/make_dataset.h"

namespace kaskad {

inline constexpr uint32_t kGroups = 10, kGroupSize = 6;

// A user takes four items of each of three groups. In the directed log they are neighbours on the
// group's circle, one after the other: what comes after an item is certain, what came before it
// says nothing more. In the other log their order is shuffled: belonging together is all there is.
inline std::vector<TestRow> planted_rows(bool directed, size_t users) {
  std::mt19937 random(11);
  std::vector<TestRow> rows;
  for (size_t u = 0; u < users; ++u) {
    int64_t time = static_cast<int64_t>(random() % 1000) * 3'600'000;
    uint32_t group = random() % kGroups;
    for (int visit = 0; visit < 3; ++visit) {
      group = (group + 1 + random() % (kGroups - 1)) % kGroups;
      const uint32_t start = random() % kGroupSize;
      std::vector<uint32_t> taken;
      for (uint32_t step = 0; step < 4; ++step) taken.push_back((start + step) % kGroupSize);
      if (!directed) std::shuffle(taken.begin(), taken.end(), random);
      for (const uint32_t member : taken) {
        time += 3'600'000;
        rows.push_back({"u" + std::to_string(u),
                        "g" + std::to_string(group) + "." + std::to_string(member), time});
      }
    }
  }
  return rows;
}

struct Planted {
  explicit Planted(bool directed, TimeKind kind = TimeKind::kClock, size_t users = 250)
      : log(planted_rows(directed, users), {.time_kind = kind}),
        split(make_split(log.data, SplitOptions::parse("leave-one-out"))),
        facts(facts_of(log.data)) {}

  std::vector<const Phase*> phases() const {
    std::vector<const Phase*> list;
    for (const Phase& phase : split.validations) list.push_back(&phase);
    return list;
  }

  TestDataset log;
  Split split;
  LogFacts facts;
};

inline const Planted& directed_log() {
  static const Planted log(true);
  return log;
}
inline const Planted& shuffled_log() {
  static const Planted log(false);
  return log;
}

inline Variant variant_of(const PairWeighting& weighting, const Normalisation& normalisation = {},
                          const HistoryWeighting& history = {}) {
  Variant variant;
  variant.matrix.weighting = weighting;
  variant.matrix.normalisation = normalisation;
  variant.history = history;
  return variant;
}

// Both directions, near and far, under two histories.
inline GridSpace small_space() {
  GridProduct product;
  product.weightings = {
      {.window = 1}, {.window = 3}, {}, {.reverse = 1, .window = 3}, {.reverse = 1}};
  product.normalisations = {{}, {.target_power = 0.25}};
  product.histories = {{}, {.position = PositionDecay::kUniform}};
  return {product};
}

}  // namespace kaskad
