// The smallest SequenceModel: a table of item vectors, and a place is its token's vector. For tests
// of losses, which see states and item vectors alone.
#pragma once

#include <torch/torch.h>

#include <string>

#include "kaskad/train/loss.h"

namespace kaskad::train {

class TableModel : public SequenceModel {
 public:
  TableModel(torch::Tensor items, torch::Tensor tokens) {
    items_ = register_parameter("items", std::move(items));
    tokens_ = register_parameter("tokens", std::move(tokens));
  }

  int64_t num_items() const override { return items_.size(0); }
  int64_t dimension() const override { return items_.size(1); }
  torch::Tensor encode(const SequenceBatch& batch) override {
    return torch::embedding(tokens_, batch.tokens);
  }
  torch::Tensor item_vectors(const torch::Tensor& items) override {
    return torch::embedding(items_, items);
  }
  torch::Tensor all_item_vectors() override { return items_; }
  std::string user_graph() const override { return {}; }
  bool is_causal() const override { return true; }

  torch::Tensor items() { return items_; }
  torch::Tensor tokens() { return tokens_; }

 private:
  torch::Tensor items_, tokens_;
};

// `targets` (places) split evenly over `sequences` rows.
inline Places make_places(torch::Tensor states, torch::Tensor targets, int64_t sequences) {
  const int64_t places = targets.size(0);
  return {std::move(states), std::move(targets),
          torch::arange(places).mul(sequences).floor_divide(places), sequences};
}

inline torch::Generator seeded(uint64_t seed) {
  auto generator = at::detail::createCPUGenerator(seed);
  return generator;
}

}  // namespace kaskad::train
