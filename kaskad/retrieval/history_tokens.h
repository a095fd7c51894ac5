// Histories as the inputs of a sequence model: tokens (item + 1, the newest last) and time gaps,
// in batches of about equal length, padded on the left. Made by NeuralRetriever.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kaskad/dataset/dataset.h"
#include "kaskad/retrieval/neural_config.h"

namespace kaskad {

// Some histories without padding, one behind the other.
class HistoryTokens {
 public:
  // `in_histories` is (items): whether the model may see the item; others are left out, and so are
  // ids beyond it. Both arguments must outlive the object.
  HistoryTokens(const HistoryInputs& inputs, std::span<const uint8_t> in_histories)
      : inputs_(inputs), in_histories_(in_histories) {}

  void add(const History& history);

  size_t size() const { return offsets_.size() - 1; }
  size_t length(size_t row) const { return offsets_[row + 1] - offsets_[row]; }

  // Rows that hold a token, in batches of at most `max_rows` in which the shortest is not much
  // shorter than the longest.
  std::vector<std::vector<uint32_t>> batches(size_t max_rows) const;

  // (rows, length) of the batch, by rows; gaps are empty when they are not asked.
  struct Batch {
    size_t length = 0;
    std::vector<int64_t> tokens, gaps;
  };
  void pad(std::span<const uint32_t> rows, Batch& batch) const;

 private:
  const HistoryInputs& inputs_;
  std::span<const uint8_t> in_histories_;
  std::vector<size_t> offsets_ = {0};
  std::vector<int64_t> tokens_, gaps_;
  std::vector<int64_t> kept_items_, kept_times_;  // scratch of add()
};

}  // namespace kaskad
