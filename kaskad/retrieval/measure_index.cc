#include "kaskad/retrieval/measure_index.h"

#include <algorithm>
#include <chrono>

namespace kaskad {
namespace {

size_t found(std::span<const ScoredItem> row) {
  return static_cast<size_t>(std::count_if(
      row.begin(), row.end(), [](const ScoredItem& best) { return best.item != kNoItem; }));
}

// How many of `row` belong among the exact `want` best.
size_t hits(std::span<const ScoredItem> row, std::span<const ScoredItem> want) {
  const float least = want.back().score;
  const auto count = std::count_if(row.begin(), row.end(), [&](const ScoredItem& best) {
    return best.item != kNoItem && best.score >= least;
  });
  return std::min(static_cast<size_t>(count), want.size());
}

}  // namespace

RecallSample::RecallSample(const VectorIndex& exact, std::span<const float> queries,
                           size_t dimension, size_t size, size_t k)
    : dimension_(dimension), k_(k), size_(std::min(size, queries.size() / dimension)) {
  queries_.reserve(size_ * dimension);
  const size_t rows = queries.size() / dimension;
  for (size_t i = 0; i < size_; ++i) {
    const auto row = queries.subspan(i * rows / size_ * dimension, dimension);
    queries_.insert(queries_.end(), row.begin(), row.end());
  }
  exact_.resize(size_ * k);
  exact.search(queries_, {}, k, exact_);
}

double RecallSample::recall(const VectorIndex& index) const {
  std::vector<ScoredItem> got(exact_.size());
  index.search(queries_, {}, k_, got);
  double sum = 0;
  size_t asked = 0;
  for (size_t i = 0; i < size_; ++i) {
    auto want = std::span(exact_).subspan(i * k_, k_);
    want = want.first(found(want));
    if (want.empty()) continue;
    const size_t right = hits(std::span(got).subspan(i * k_, k_), want);
    sum += static_cast<double>(right) / static_cast<double>(want.size());
    ++asked;
  }
  return asked == 0 ? 1 : sum / static_cast<double>(asked);
}

double RecallSample::seconds_a_query(const VectorIndex& index) const {
  using Clock = std::chrono::steady_clock;
  if (size_ == 0) return 0;
  std::vector<double> seconds(size_);
  std::vector<ScoredItem> row(k_);
  for (size_t i = 0; i < size_; ++i) {
    const auto query = std::span(queries_).subspan(i * dimension_, dimension_);
    const auto start = Clock::now();
    index.search(query, {}, k_, row);
    seconds[i] = std::chrono::duration<double>(Clock::now() - start).count();
  }
  const auto middle = seconds.begin() + static_cast<ptrdiff_t>(size_ / 2);
  std::nth_element(seconds.begin(), middle, seconds.end());
  return *middle;
}

}  // namespace kaskad
