// How often an item occurs as a target: the q of LogQ. Counted exactly from the learned events, or
// estimated while batches stream by (Yi et al. 2019, algorithm 2).
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <vector>

namespace kaskad::train {

class ItemFrequency {
 public:
  virtual ~ItemFrequency() = default;
  // (items) float: probability that one random target is this item; sums to about 1.
  virtual const torch::Tensor& probability() const = 0;
};

// From counts of learned events (items); items that never occurred get probability 0.
class CountedFrequency : public ItemFrequency {
 public:
  explicit CountedFrequency(const std::vector<uint64_t>& counts);
  const torch::Tensor& probability() const override { return probability_; }

 private:
  torch::Tensor probability_;
};

// B[y] <- (1 - rate) B[y] + rate (t - A[y]), A[y] <- t, p = 1 / B[y]: a moving average of the steps
// between two occurrences. Not thread-safe.
class StreamingFrequency : public ItemFrequency {
 public:
  StreamingFrequency(int64_t num_items, double rate);
  // The distinct targets of one step.
  void observe(const torch::Tensor& items);
  const torch::Tensor& probability() const override;

 private:
  torch::Tensor last_step_, between_, probability_;
  double rate_;
  int64_t step_ = 0;
};

}  // namespace kaskad::train
