#include "kaskad/cooc/item_matrix.h"

#include <algorithm>
#include <mutex>

#include "kaskad/core/parallel.h"
#include "kaskad/kernels/top_k.h"

namespace kaskad {
namespace {

// One thread's working row.
struct Row {
  std::vector<uint32_t> columns;
  std::vector<float> values;
  std::vector<float> extra;  // (items), 0 between rows: content of the neighbours
  std::vector<Candidate> ordered;
};

void load_row(const PairCounts& counts, size_t weighting, size_t row, Row& out) {
  const CountBlock& block = counts.blocks[row / PairCounts::kBlockRows];
  const size_t r = row % PairCounts::kBlockRows;
  out.columns.clear();
  out.values.clear();
  for (uint32_t c = block.row_begin[r]; c < block.row_begin[r + 1]; ++c) {
    const float value = block.values[weighting][c];
    if (value < kLeastEvidence) continue;
    out.columns.push_back(block.columns[c]);
    out.values.push_back(value);
  }
}

double row_sum(const PairCounts& counts, size_t weighting, size_t row) {
  const CountBlock& block = counts.blocks[row / PairCounts::kBlockRows];
  return block.row_sum[row % PairCounts::kBlockRows * counts.weightings.size() + weighting];
}

void add_content(const ContentTerm& content, float scale, uint32_t row, Row& out) {
  const ContentSimilarity& similarity = *content.similarity;
  const auto neighbours = similarity.neighbours(row);
  for (const auto& neighbour : neighbours) {
    out.extra[neighbour.item] = scale * neighbour.similarity;
  }
  for (size_t c = 0; c < out.columns.size(); ++c) {
    const uint32_t j = out.columns[c];
    out.values[c] += out.extra[j] > 0 ? out.extra[j] : scale * similarity.dot(row, j);
    out.extra[j] = 0;
  }
  for (const auto& neighbour : neighbours) {
    if (out.extra[neighbour.item] <= 0) continue;
    out.columns.push_back(neighbour.item);
    out.values.push_back(out.extra[neighbour.item]);
    out.extra[neighbour.item] = 0;
  }
}

// Keeps the best and leaves zeros out; the columns stay in their order.
void keep_best(uint32_t top_k, Row& row) {
  float threshold = 0;
  size_t at_threshold = SIZE_MAX;  // how many that equal the threshold may stay
  if (top_k > 0 && row.values.size() > top_k) {
    std::vector<float> sorted(row.values);
    std::nth_element(sorted.begin(), sorted.begin() + (top_k - 1), sorted.end(), std::greater<>());
    threshold = sorted[top_k - 1];
    const auto above = std::count_if(row.values.begin(), row.values.end(),
                                     [&](float value) { return value > threshold; });
    at_threshold = top_k - static_cast<size_t>(above);
  }
  size_t kept = 0;
  for (size_t c = 0; c < row.values.size(); ++c) {
    const float value = row.values[c];
    if (value <= 0 || value < threshold) continue;
    if (value == threshold && at_threshold-- == 0) {
      at_threshold = 0;
      continue;
    }
    row.columns[kept] = row.columns[c];
    row.values[kept++] = value;
  }
  row.columns.resize(kept);
  row.values.resize(kept);
}

void for_each_row(const PairCounts& counts, size_t weighting, const RowNormaliser& normaliser,
                  int threads, const std::function<void(uint32_t row, Row&, int worker)>& use) {
  std::vector<Row> scratch(std::max(1, threads));
  parallel_for(counts.blocks.size(), threads, [&](size_t b, int worker) {
    Row& row = scratch[worker];
    const size_t first = b * PairCounts::kBlockRows;
    const size_t last = std::min(counts.num_items, first + PairCounts::kBlockRows);
    for (size_t i = first; i < last; ++i) {
      load_row(counts, weighting, i, row);
      normaliser.apply(static_cast<uint32_t>(i), row_sum(counts, weighting, i), row.columns,
                       row.values);
      use(static_cast<uint32_t>(i), row, worker);
    }
  });
}

// Mean over the non-empty rows of their largest weight.
double mean_row_maximum(const PairCounts& counts, size_t weighting, const RowNormaliser& normaliser,
                        int threads) {
  std::vector<float> maxima(counts.num_items, 0.0f);
  for_each_row(counts, weighting, normaliser, threads, [&](uint32_t i, Row& row, int) {
    for (const float value : row.values) maxima[i] = std::max(maxima[i], value);
  });
  double sum = 0, rows = 0;
  for (const float maximum : maxima) sum += maximum, rows += maximum > 0;
  return rows > 0 ? sum / rows : 1;
}

}  // namespace

void normalise_rows(const PairCounts& counts, size_t weighting, const Normalisation& normalisation,
                    const ContentTerm& content, int threads, const RowSink& sink) {
  const RowNormaliser normaliser(normalisation, counts.marginals(weighting));
  const bool with_content = content.similarity != nullptr && content.lambda > 0;
  float scale = 0;
  if (with_content) {
    scale = static_cast<float>(content.lambda *
                               mean_row_maximum(counts, weighting, normaliser, threads));
  }
  for_each_row(counts, weighting, normaliser, threads, [&](uint32_t i, Row& row, int worker) {
    if (with_content) {
      row.extra.resize(counts.num_items, 0.0f);
      add_content(content, scale, i, row);
    }
    keep_best(normalisation.top_k, row);
    sink(i, row.columns, row.values, worker);
  });
}

void ItemMatrixBuilder::add(uint32_t row, std::span<const uint32_t> columns,
                            std::span<const float> values) {
  rows_[row].columns.assign(columns.begin(), columns.end());
  rows_[row].values.assign(values.begin(), values.end());
}

ItemMatrix ItemMatrixBuilder::finish() {
  ItemMatrix matrix;
  matrix.row_begin.reserve(rows_.size() + 1);
  for (const Row& row : rows_) {
    matrix.row_begin.push_back(matrix.row_begin.back() + row.columns.size());
  }
  matrix.columns.reserve(matrix.row_begin.back());
  matrix.values.reserve(matrix.row_begin.back());
  for (Row& row : rows_) {
    matrix.columns.insert(matrix.columns.end(), row.columns.begin(), row.columns.end());
    matrix.values.insert(matrix.values.end(), row.values.begin(), row.values.end());
    row = {};
  }
  return matrix;
}

ItemMatrix build_item_matrix(const PairCounts& counts, size_t weighting,
                             const Normalisation& normalisation, const ContentTerm& content,
                             int threads) {
  ItemMatrixBuilder builder(counts.num_items);
  normalise_rows(counts, weighting, normalisation, content, threads,
                 [&](uint32_t row, std::span<const uint32_t> columns, std::span<const float> values,
                     int) { builder.add(row, columns, values); });
  return builder.finish();
}

}  // namespace kaskad
