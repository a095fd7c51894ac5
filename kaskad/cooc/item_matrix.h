// An item-item matrix ready to be asked: rows are history items, columns are candidates.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "kaskad/cooc/content.h"
#include "kaskad/cooc/normalisation.h"
#include "kaskad/cooc/pair_counts.h"

namespace kaskad {

// Compressed rows, to read; the memory belongs to an ItemMatrix or to a bundle's mapped files.
struct MatrixView {
  std::span<const uint64_t> row_begin;  // (items + 1)
  std::span<const uint32_t> columns;
  std::span<const float> values;

  size_t num_items() const { return row_begin.size() - 1; }
  std::span<const uint32_t> row_columns(size_t i) const {
    return columns.subspan(row_begin[i], row_begin[i + 1] - row_begin[i]);
  }
  std::span<const float> row_values(size_t i) const {
    return values.subspan(row_begin[i], row_begin[i + 1] - row_begin[i]);
  }
};

struct ItemMatrix {
  std::vector<uint64_t> row_begin{0};
  std::vector<uint32_t> columns;
  std::vector<float> values;

  MatrixView view() const { return {row_begin, columns, values}; }
};

// Receives finished rows, from several threads at once, each row once.
using RowSink = std::function<void(uint32_t row, std::span<const uint32_t> columns,
                                   std::span<const float> values, int worker)>;

// What is added to a normalised row: lambda * (mean over rows of the largest weight) * content
// similarity, on the row's columns and on its content neighbours.
struct ContentTerm {
  const ContentSimilarity* similarity = nullptr;
  double lambda = 0;
};

// Normalises one weighting of `counts` row by row, adds content, keeps top_k. Zeros are left out.
void normalise_rows(const PairCounts& counts, size_t weighting, const Normalisation& normalisation,
                    const ContentTerm& content, int threads, const RowSink& sink);

// The same into one matrix.
ItemMatrix build_item_matrix(const PairCounts& counts, size_t weighting,
                             const Normalisation& normalisation, const ContentTerm& content,
                             int threads);

// Collects rows that arrive in any order into an ItemMatrix.
class ItemMatrixBuilder {
 public:
  explicit ItemMatrixBuilder(size_t num_items) : rows_(num_items) {}
  // Thread-safe for different rows.
  void add(uint32_t row, std::span<const uint32_t> columns, std::span<const float> values);
  ItemMatrix finish();

 private:
  struct Row {
    std::vector<uint32_t> columns;
    std::vector<float> values;
  };
  std::vector<Row> rows_;
};

}  // namespace kaskad
