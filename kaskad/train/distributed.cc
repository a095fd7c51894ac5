#include "kaskad/train/distributed.h"

#define USE_C10D_GLOO  // libtorch was built with it; its header asks all the same
#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <string>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

#include "kaskad/core/error.h"
#include "kaskad/train/c10d_group.h"
#include "kaskad/train/nccl_group.h"

namespace kaskad::train {
namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  if (!value || !*value) {
    throw Error(std::string("the environment variable ") + name +
                " is not set; MASTER_ADDR, MASTER_PORT, RANK and WORLD_SIZE go together");
  }
  return value;
}

int number(const char* name, int low, int high) {
  const std::string text = variable(name);
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < low || value > high) {
    throw Error(std::string("the environment variable ") + name + " is '" + text +
                "', expected a whole number from " + std::to_string(low) + " to " +
                std::to_string(high));
  }
  return value;
}

struct Meeting {
  std::string host;
  uint16_t port = 0;
  int rank = 0, size = 1;
};

c10::intrusive_ptr<c10d::TCPStore> open_store(const Meeting& meeting) {
  c10d::TCPStoreOptions options;
  options.port = meeting.port;
  options.isServer = meeting.rank == 0;
  options.numWorkers = static_cast<size_t>(meeting.size);
  return c10::make_intrusive<c10d::TCPStore>(meeting.host, options);
}

std::unique_ptr<Group> join_gloo(const Meeting& meeting) {
  auto options = c10d::ProcessGroupGloo::Options::create();
  // The address that this machine's name stands for; GLOO_SOCKET_IFNAME picks an interface, as it
  // does for PyTorch.
  const char* interface = std::getenv("GLOO_SOCKET_IFNAME");
  options->devices.push_back(interface ? c10d::ProcessGroupGloo::createDeviceForInterface(interface)
                                       : c10d::ProcessGroupGloo::createDefaultDevice());
  auto gloo = c10::make_intrusive<c10d::ProcessGroupGloo>(open_store(meeting), meeting.rank,
                                                          meeting.size, options);
  return std::make_unique<C10dGroup<c10d::ProcessGroupGloo>>(std::move(gloo), torch::kCPU);
}

}  // namespace

std::unique_ptr<Group> join_group([[maybe_unused]] const torch::Device& device) {
  constexpr int kMost = 65536;
  if (!std::getenv("WORLD_SIZE")) return nullptr;
  const int size = number("WORLD_SIZE", 1, kMost);
  if (size == 1) return nullptr;
  const Meeting meeting{.host = variable("MASTER_ADDR"),
                        .port = static_cast<uint16_t>(number("MASTER_PORT", 1, 65535)),
                        .rank = number("RANK", 0, size - 1),
                        .size = size};
  try {
#ifdef KASKAD_CUDA
    if (device.is_cuda()) {
      return join_nccl(open_store(meeting), meeting.rank, meeting.size, device);
    }
#endif
    return join_gloo(meeting);
  } catch (const c10::Error& error) {
    throw Error("cannot join the " + std::to_string(size) + " processes at " + meeting.host + ":" +
                std::to_string(meeting.port) + ": " + error.what_without_backtrace());
  }
}

torch::Tensor gather(Group& group, const torch::Tensor& tensor) {
  const int64_t size = group.size();
  std::vector<int64_t> copies = {size}, shape = {size};
  for (const int64_t length : tensor.sizes()) shape.push_back(length);
  copies.resize(shape.size(), -1);
  const torch::Tensor rows = tensor.unsqueeze(0).expand(copies).reshape({size, tensor.numel()});
  const std::vector<int64_t> one(static_cast<size_t>(size), 1);
  return group.exchange(rows, one, one).view(shape);
}

std::string broadcast_text(Group& group, const std::string& text) {
  torch::Tensor length = torch::full({1}, static_cast<int64_t>(text.size()), torch::kInt64);
  group.broadcast(length);
  torch::Tensor bytes = torch::zeros({length.item<int64_t>()}, torch::kInt64);
  if (group.rank() == 0) std::copy(text.begin(), text.end(), bytes.data_ptr<int64_t>());
  group.broadcast(bytes);
  return {bytes.data_ptr<int64_t>(), bytes.data_ptr<int64_t>() + bytes.numel()};
}

void wait_for_all(Group& group) {
  torch::Tensor here = torch::ones({1}, torch::kInt64);
  group.sum(here);
}

int64_t average_gradients(Group& group, const std::vector<torch::Tensor>& weights, int64_t places,
                          double& loss) {
  torch::NoGradGuard no_grad;
  std::vector<torch::Tensor> parts;
  for (const torch::Tensor& weight : weights) {
    const torch::Tensor& gradient = weight.grad();
    parts.push_back(gradient.defined() ? gradient.flatten() : torch::zeros_like(weight).flatten());
  }
  parts.push_back(torch::full({1}, loss, parts[0].options()));
  torch::Tensor flat = torch::cat(parts).mul_(static_cast<double>(places));
  torch::Tensor all_places = torch::full({1}, places, torch::kInt64);
  group.sum(flat);
  group.sum(all_places);
  const int64_t total = all_places.item<int64_t>();
  flat.div_(static_cast<double>(std::max<int64_t>(total, 1)));
  int64_t at = 0;
  for (const torch::Tensor& weight : weights) {
    const torch::Tensor part = flat.narrow(0, at, weight.numel()).view(weight.sizes());
    at += weight.numel();
    if (weight.grad().defined()) {
      weight.grad().copy_(part);
    } else {
      weight.mutable_grad() = part.clone();
    }
  }
  loss = flat[at].item<double>();
  return total;
}

}  // namespace kaskad::train
