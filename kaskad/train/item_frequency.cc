#include "kaskad/train/item_frequency.h"

#include <algorithm>
#include <string>

#include "kaskad/core/error.h"

namespace kaskad::train {

CountedFrequency::CountedFrequency(const std::vector<uint64_t>& counts)
    : probability_(torch::empty({static_cast<int64_t>(counts.size())}, torch::kFloat32)) {
  uint64_t total = 0;
  for (const uint64_t count : counts) total += count;
  if (total == 0) {
    throw Error("item frequencies: found no event of any of " + std::to_string(counts.size()) +
                " items, expected at least one");
  }
  float* const probability = probability_.data_ptr<float>();
  for (size_t item = 0; item < counts.size(); ++item) {
    probability[item] =
        static_cast<float>(static_cast<double>(counts[item]) / static_cast<double>(total));
  }
}

// Before anything is seen every item is expected once in num_items targets.
StreamingFrequency::StreamingFrequency(int64_t num_items, double rate)
    : last_(torch::zeros({num_items}, torch::kInt64)),
      between_(torch::full({num_items}, static_cast<double>(num_items), torch::kFloat64)),
      occurrences_(torch::zeros({num_items}, torch::kInt64)),
      probability_(torch::empty({num_items}, torch::kFloat32)),
      rate_(rate) {
  if (!(rate > 0 && rate <= 1)) {
    throw Error("rate of the streaming item frequency: found " + std::to_string(rate) +
                ", expected more than 0 and at most 1");
  }
}

void StreamingFrequency::observe(const torch::Tensor& targets) {
  const torch::Tensor flat = targets.to(torch::kCPU, torch::kInt64).contiguous();
  const int64_t* const item = flat.data_ptr<int64_t>();
  int64_t* const last = last_.data_ptr<int64_t>();
  int64_t* const occurrences = occurrences_.data_ptr<int64_t>();
  double* const between = between_.data_ptr<double>();
  for (int64_t i = 0; i < flat.numel(); ++i) {
    const int64_t y = item[i];
    KASKAD_ASSERT(y >= 0 && y < last_.numel());
    ++time_;
    const double weight = std::max(rate_, 1.0 / static_cast<double>(++occurrences[y] + 1));
    between[y] += weight * (static_cast<double>(time_ - last[y]) - between[y]);
    last[y] = time_;
  }
  stale_ = true;
}

const torch::Tensor& StreamingFrequency::probability() const {
  if (!stale_) return probability_;
  const int64_t* const last = last_.data_ptr<int64_t>();
  const int64_t* const occurrences = occurrences_.data_ptr<int64_t>();
  const double* const between = between_.data_ptr<double>();
  float* const probability = probability_.data_ptr<float>();
  for (int64_t y = 0; y < probability_.numel(); ++y) {
    const double weight = std::max(rate_, 1.0 / static_cast<double>(occurrences[y] + 2));
    const double overdue = static_cast<double>(time_ - last[y]) - between[y];
    probability[y] = static_cast<float>(1.0 / (between[y] + weight * std::max(0.0, overdue)));
  }
  stale_ = false;
  return probability_;
}

std::vector<torch::Tensor> StreamingFrequency::state() const {
  return {last_.clone(), between_.clone(), occurrences_.clone(),
          torch::tensor({time_}, torch::kInt64)};
}

void StreamingFrequency::load_state(const std::vector<torch::Tensor>& state) {
  if (state.size() != 4 || state[0].numel() != last_.numel()) {
    throw Error("state of the streaming item frequency: found " + std::to_string(state.size()) +
                " arrays, expected 4 over " + std::to_string(last_.numel()) + " items");
  }
  last_.copy_(state[0]);
  between_.copy_(state[1]);
  occurrences_.copy_(state[2]);
  time_ = state[3].item<int64_t>();
  stale_ = true;
}

}  // namespace kaskad::train
