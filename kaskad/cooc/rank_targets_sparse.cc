#include <algorithm>
#include <cmath>
#include <memory>

#include "kaskad/cooc/rank_targets.h"
#include "kaskad/core/parallel.h"

namespace kaskad {
namespace {

constexpr size_t kCasesPerTask = 64;

// Scores of one case, (items, kHistoryLanes), with the list of items that have any.
class SparseScores {
 public:
  explicit SparseScores(size_t items) : scores_(items * kHistoryLanes), is_touched_(items, 0) {}

  void add(const MatrixView& matrix, CombineOp op, uint32_t item, const float* weights) {
    const auto columns = matrix.row_columns(item);
    const auto values = matrix.row_values(item);
    for (size_t c = 0; c < columns.size(); ++c) {
      const uint32_t j = columns[c];
      float* sum = scores_.data() + j * kHistoryLanes;
      switch (op) {
        case CombineOp::kSum:
          for (size_t h = 0; h < kHistoryLanes; ++h) sum[h] += weights[h] * values[c];
          break;
        case CombineOp::kMax:
          for (size_t h = 0; h < kHistoryLanes; ++h) {
            sum[h] = std::max(sum[h], weights[h] * values[c]);
          }
          break;
        case CombineOp::kLogProduct:
          for (size_t h = 0; h < kHistoryLanes; ++h) sum[h] += std::log1p(weights[h] * values[c]);
          break;
      }
      if (!is_touched_[j]) touched_.push_back(j);
      is_touched_[j] = 1;
    }
  }

  const float* of(uint32_t item) const { return scores_.data() + item * kHistoryLanes; }
  const std::vector<uint32_t>& touched() const { return touched_; }

  void clear() {
    for (const uint32_t j : touched_) {
      std::fill_n(scores_.data() + j * kHistoryLanes, kHistoryLanes, 0.0f);
      is_touched_[j] = 0;
    }
    touched_.clear();
  }

 private:
  AlignedFloats scores_;
  std::vector<uint8_t> is_touched_;
  std::vector<uint32_t> touched_;
};

// Rank of `target` among the items that were not seen. Untouched items all score 0.
float rank_of(const SparseScores& scores, std::span<const uint32_t> unseen_touched, uint32_t target,
              size_t lane, size_t untouched_unseen) {
  const float own = scores.of(target)[lane];
  if (!std::isfinite(own)) return static_cast<float>(unseen_touched.size() + untouched_unseen);
  size_t above = 0, equal = own == 0 ? untouched_unseen : 0;
  for (const uint32_t j : unseen_touched) {
    const float other = scores.of(j)[lane];
    above += other > own;
    equal += other == own;
  }
  return static_cast<float>(above) + static_cast<float>(equal + 1) / 2;
}

}  // namespace

TargetRanks rank_targets(const MatrixView& matrix, const Questions& questions,
                         const WeighedHistories& histories, int threads) {
  const size_t items = matrix.num_items();
  TargetRanks ranks(histories.lanes, std::vector<float>(questions.num_targets()));
  std::vector<std::unique_ptr<SparseScores>> scratch(std::max(1, threads));
  const size_t tasks = (questions.size() + kCasesPerTask - 1) / kCasesPerTask;
  parallel_for(tasks, threads, [&](size_t task, int worker) {
    if (!scratch[worker]) scratch[worker] = std::make_unique<SparseScores>(items);
    SparseScores& scores = *scratch[worker];
    std::vector<uint32_t> unseen;
    const size_t last = std::min(questions.size(), (task + 1) * kCasesPerTask);
    for (size_t c = task * kCasesPerTask; c < last; ++c) {
      for (uint64_t k = histories.begin[c]; k < histories.begin[c + 1]; ++k) {
        scores.add(matrix, histories.op, histories.items[k],
                   histories.weights.data() + k * kHistoryLanes);
      }
      const auto seen = std::span(questions.seen)
                            .subspan(questions.seen_begin[c],
                                     questions.seen_begin[c + 1] - questions.seen_begin[c]);
      unseen.clear();
      for (const uint32_t j : scores.touched()) {
        if (!std::binary_search(seen.begin(), seen.end(), j)) unseen.push_back(j);
      }
      const size_t untouched = items - seen.size() - unseen.size();
      for (uint64_t t = questions.target_begin[c]; t < questions.target_begin[c + 1]; ++t) {
        for (size_t h = 0; h < histories.lanes; ++h) {
          ranks[h][t] = rank_of(scores, unseen, questions.targets[t], h, untouched);
        }
      }
      scores.clear();
    }
  });
  return ranks;
}

}  // namespace kaskad
