// A Group on any backend of c10d. Called by join_group(). A process that dies is an Error of all
// others, at their next collective call.
#pragma once

#include <torch/torch.h>

#include <exception>
#include <numeric>
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
  // alltoall_base() is what every version of libtorch has; newer ones call it all_to_all_single().
  torch::Tensor exchange(const torch::Tensor& rows, std::vector<int64_t> send,
                         std::vector<int64_t> receive) override {
    torch::NoGradGuard no_grad;
    std::vector<int64_t> shape = rows.sizes().vec();
    shape[0] = std::accumulate(receive.begin(), receive.end(), int64_t{0});
    torch::Tensor sent = rows.detach().to(device_).contiguous();
    torch::Tensor received = torch::empty(shape, sent.options());
    checked([&] { backend_->alltoall_base(received, sent, receive, send)->wait(); });
    return received.to(rows.device());
  }

 private:
  template <typename Collective>
  void on_device(torch::Tensor& tensor, const Collective& collective) {
    torch::NoGradGuard no_grad;
    std::vector<torch::Tensor> list = {tensor.detach().to(device_).contiguous()};
    checked([&] { collective(list); });
    if (list[0].data_ptr() != tensor.data_ptr()) tensor.copy_(list[0]);
  }

  template <typename Call>
  void checked(const Call& call) const {
    try {
      call();
    } catch (const c10::Error& error) {
      throw gone(error.what_without_backtrace());
    } catch (const std::exception& error) {  // Gloo's own, of a connection
      throw gone(error.what());
    }
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
