// How often an item occurs as a target: the q of LogQ. Counted exactly from the learned events, or
// estimated while batches stream by (Yi et al. 2019, algorithm 2). Made by the trainer, read by the
// losses and by the samplers of negatives.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <vector>

namespace kaskad::train {

class ItemFrequency {
 public:
  virtual ~ItemFrequency() = default;
  // (items) float on the CPU: probability that one random target is this item; sums to about 1.
  virtual const torch::Tensor& probability() const = 0;
};

// From counts of learned events (items); items that never occurred get probability 0.
// Throws Error when nothing was counted.
class CountedFrequency : public ItemFrequency {
 public:
  explicit CountedFrequency(const std::vector<uint64_t>& counts);
  const torch::Tensor& probability() const override { return probability_; }

 private:
  torch::Tensor probability_;
};

// For every target y, the t-th that streams by:
//   B[y] <- (1 - a) B[y] + a (t - A[y]),  A[y] <- t,  p[y] = 1 / B[y]
// a moving average of the number of targets between two occurrences of an item. It differs from the
// paper in three ways. Time is counted in targets, not in steps: a step with thousands of places
// holds every popular item, and all of them would come out alike. The weight is
// a = max(rate, 1 / (occurrences + 1)): a plain average until `rate` is reached, so that the first
// estimate is the count and not the start value. And an item whose next occurrence is overdue
// counts as if it came now, so that items that left the log fade. Not thread-safe.
class StreamingFrequency : public ItemFrequency {
 public:
  // `rate` in (0, 1]: an estimate rests on about 2 / rate occurrences; its relative standard
  // deviation is about sqrt(rate / 2). Throws Error on other rates.
  StreamingFrequency(int64_t num_items, double rate);

  // All targets of one step (any shape, int64), repeats included; only their order counts.
  void observe(const torch::Tensor& targets);
  const torch::Tensor& probability() const override;

  // What a checkpoint keeps: load_state() of another of the same size continues exactly.
  std::vector<torch::Tensor> state() const;
  void load_state(const std::vector<torch::Tensor>& state);

 private:
  torch::Tensor last_, between_, occurrences_;  // (items): A, B and how often the item was seen
  mutable torch::Tensor probability_;           // filled when asked for
  mutable bool stale_ = true;
  double rate_;
  int64_t time_ = 0;
};

}  // namespace kaskad::train
