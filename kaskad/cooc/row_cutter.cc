#include "kaskad/cooc/row_cutter.h"

#include "kaskad/core/memory.h"

namespace kaskad {
namespace {

std::vector<float> factors_by_place(const RowNormaliser& normaliser, const PopularityOrder& order) {
  std::vector<float> factors;
  factors.reserve(order.item.size());
  for (const uint32_t item : order.item) factors.push_back(normaliser.target_factor(item));
  return factors;
}

}  // namespace

FixedRows::FixedRows(size_t items, uint32_t width, int threads)
    : width_(width),
      length_(items, 0),
      columns_(huge_vector<uint32_t>(items * width, threads)),
      values_(huge_vector<float>(items * width, threads)) {}

void FixedRows::set(uint32_t row, const std::vector<Candidate>& best, const PopularityOrder& order,
                    float scale) {
  size_t at = static_cast<size_t>(row) * width_;
  for (const Candidate& candidate : best) {
    columns_[at] = order.item[candidate.item];
    values_[at++] = candidate.score * scale;
  }
  length_[row] = static_cast<uint32_t>(best.size());
}

ItemMatrix FixedRows::finish() {
  ItemMatrix matrix;
  matrix.row_begin.reserve(length_.size() + 1);
  size_t end = 0;
  for (size_t row = 0; row < length_.size(); ++row) {
    const auto from = static_cast<ptrdiff_t>(row * width_), to = static_cast<ptrdiff_t>(end);
    if (from != to) {
      std::copy_n(columns_.begin() + from, length_[row], columns_.begin() + to);
      std::copy_n(values_.begin() + from, length_[row], values_.begin() + to);
    }
    end += length_[row];
    matrix.row_begin.push_back(end);
  }
  columns_.resize(end);
  values_.resize(end);
  matrix.columns = std::move(columns_);
  matrix.values = std::move(values_);
  return matrix;
}

RowCutter::RowCutter(const Normalisation& normalisation, const PopularityOrder& order,
                     std::span<const float> occurrences, size_t num_users, int threads)
    : norm_(normalisation),
      order_(order),
      normaliser_(normalisation, Marginals::of(occurrences, static_cast<double>(num_users))),
      factors_(factors_by_place(normaliser_, order)),
      rows_(order.item.size(), normalisation.top_k, threads) {}

void RowCutter::offer_normalised(uint32_t item, double row_sum, Scratch& scratch) const {
  normaliser_.apply(item, row_sum, std::span(scratch.columns).first(scratch.size),
                    std::span(scratch.values).first(scratch.size));
  for (size_t c = 0; c < scratch.size; ++c) {
    if (scratch.values[c] > 0) scratch.top.offer(scratch.places[c], scratch.values[c]);
  }
}

}  // namespace kaskad
