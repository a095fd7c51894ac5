// Logs and plain loops that the tests of counting are held to.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "kaskad/cooc/fit.h"
#include "kaskad/cooc/pair_counts.h"
#include "tests/dataset/make_dataset.h"

namespace kaskad {

inline constexpr int64_t kDay = 86'400'000;  // milliseconds

// Users take `length` random items each, some of them repeatedly, some hours apart, and weigh
// them 1, 2 or 3.
inline std::vector<TestRow> random_rows(size_t users, size_t length, size_t items, uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<TestRow> rows;
  for (size_t i = 0; i < items; ++i) rows.push_back({"everything", "i" + std::to_string(i), 0});
  for (size_t u = 0; u < users; ++u) {
    int64_t time = static_cast<int64_t>(random() % 20) * kDay;
    for (size_t e = 1 + random() % length; e > 0; --e) {
      time += static_cast<int64_t>(random() % 72) * kDay / 24;
      rows.push_back({"u" + std::to_string(u), "i" + std::to_string(random() % items), time,
                      static_cast<float>(1 + (u + e) % 3)});
    }
  }
  return rows;
}

inline Sequences all_sequences(const Dataset& dataset, uint32_t max_history = 0) {
  const Phase all = whole_log(dataset);
  return Sequences::build(dataset, all.fit_end, all.horizon, max_history);
}

using Square = std::vector<std::vector<double>>;  // (items, items)

// One lane of the counts, zeros where no pair is stored.
inline Square dense(const PairCounts& counts, size_t lane) {
  Square out(counts.num_items, std::vector<double>(counts.num_items, 0.0));
  for (size_t i = 0; i < counts.num_items; ++i) {
    const CountBlock& block = counts.blocks[i / PairCounts::kBlockRows];
    const size_t r = i % PairCounts::kBlockRows;
    for (uint32_t c = block.row_begin[r]; c < block.row_begin[r + 1]; ++c) {
      out[i][block.columns[c]] += block.values[lane][c];
    }
  }
  return out;
}

inline Square dense(const MatrixView& matrix) {
  Square out(matrix.num_items(), std::vector<double>(matrix.num_items(), 0.0));
  for (size_t i = 0; i < matrix.num_items(); ++i) {
    for (size_t c = 0; c < matrix.row_columns(i).size(); ++c) {
      out[i][matrix.row_columns(i)[c]] = matrix.row_values(i)[c];
    }
  }
  return out;
}

}  // namespace kaskad
