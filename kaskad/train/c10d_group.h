// A Group on any backend of c10d. Called by join_group(). A process that dies is an Error of all
// others, at their next collective call.
#pragma once

#include <torch/torch.h>

#include <exception>
#include <string>
#include <vector>

#include "kaskad/core/error.h"
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
    try {
      collective(list);
    } catch (const c10::Error& error) {
      throw gone(error.what_without_backtrace());
    } catch (const std::exception& error) {  // Gloo's own, of a connection
      throw gone(error.what());
    }
    if (list[0].data_ptr() != tensor.data_ptr()) tensor.copy_(list[0]);
  }

  Error gone(const std::string& why) const {
    return Error("another of the " + std::to_string(size()) +
                 " processes is gone or cannot be reached (" + why + "); start all of them again " +
                 "with --resume, which goes on from the last checkpoint");
  }

  c10::intrusive_ptr<Backend> backend_;
  torch::Device device_;
};

}  // namespace kaskad::train
