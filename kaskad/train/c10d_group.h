// A Group on any backend of c10d. Called by join_group().
#pragma once

#include <torch/torch.h>

#include <vector>

#include "kaskad/train/distributed.h"

namespace kaskad::train {

// `Backend` is c10d::ProcessGroupGloo, c10d::ProcessGroupNCCL, ...: `device` is where it works.
template <typename Backend>
class C10dGroup : public Group {
 public:
  C10dGroup(c10::intrusive_ptr<Backend> backend, const torch::Device& device)
      : backend_(std::move(backend)), device_(device) {}

  int rank() const override { return backend_->getRank(); }
  int size() const override { return backend_->getSize(); }

  void sum(torch::Tensor& tensor) override {
    on_device(tensor,
              [this](std::vector<torch::Tensor>& list) { backend_->allreduce(list)->wait(); });
  }
  void broadcast(torch::Tensor& tensor) override {
    on_device(tensor,
              [this](std::vector<torch::Tensor>& list) { backend_->broadcast(list)->wait(); });
  }

 private:
  template <typename Collective>
  void on_device(torch::Tensor& tensor, const Collective& collective) {
    torch::NoGradGuard no_grad;
    std::vector<torch::Tensor> list = {tensor.detach().to(device_).contiguous()};
    collective(list);
    if (list[0].data_ptr() != tensor.data_ptr()) tensor.copy_(list[0]);
  }

  c10::intrusive_ptr<Backend> backend_;
  torch::Device device_;
};

}  // namespace kaskad::train
