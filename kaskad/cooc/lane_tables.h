// Turns up to sixteen PairWeightings into the tables that the counting kernel reads.
#pragma once

#include <hwy/aligned_allocator.h>

#include <array>
#include <span>
#include <vector>

#include "kaskad/cooc/sequences.h"
#include "kaskad/cooc/weighting.h"
#include "kaskad/kernels/pair_accumulator.h"

namespace kaskad {

// 64-byte aligned floats, as the kernels want them.
class AlignedFloats {
 public:
  AlignedFloats() = default;
  explicit AlignedFloats(size_t size, float value = 0) { assign(size, value); }
  void assign(size_t size, float value) {
    data_ = hwy::AllocateAligned<float>(size);
    if (!data_) throw std::bad_alloc();
    std::fill_n(data_.get(), size, value);
    size_ = size;
  }
  float* data() { return data_.get(); }
  const float* data() const { return data_.get(); }
  size_t size() const { return size_; }
  float& operator[](size_t i) { return data_[i]; }
  float operator[](size_t i) const { return data_[i]; }

 private:
  hwy::AlignedFreeUniquePtr<float[]> data_;
  size_t size_ = 0;
};

// Throws Error when there are more than kLanes weightings or one needs a clock that the log
// lacks. Read-only, thread-safe.
class LaneSet {
 public:
  LaneSet(const Sequences& sequences, std::span<const PairWeighting> weightings);

  const LaneTables& tables() const { return tables_; }
  // weights (kLanes) of a user with `history` events; unused lanes get 0.
  void user_weights(size_t history, float* weights) const {
    const float* row = user_.data() + history * kLanes;
    std::copy_n(row, kLanes, weights);
  }

 private:
  AlignedFloats gap_;                                             // (longest gap + 1, kLanes)
  AlignedFloats user_;                                            // (longest history + 1, kLanes)
  AlignedFloats reverse_, gap_rate_, age_rate_, limit_, weighs_;  // (kLanes)
  LaneTables tables_;
};

}  // namespace kaskad
