// Several processes that train one model on parts of each batch (data-parallel), over c10d: Gloo,
// or NCCL where the model lies on a GPU (builds with KASKAD_CUDA). They find each other by torch's
// environment variables, so that `torchrun --no-python` and any other launcher of PyTorch jobs can
// start them. Called by the trainer.
#pragma once

#include <torch/torch.h>

#include <memory>
#include <string>
#include <vector>

namespace kaskad::train {

// The collective calls are made by all processes, in the same order. They throw Error when another
// process is gone.
class Group {
 public:
  virtual ~Group() = default;
  virtual int rank() const = 0;
  virtual int size() const = 0;

  // In place, over all processes; any dense tensor of float or int64.
  virtual void sum(torch::Tensor& tensor) = 0;
  // Process 0's values everywhere.
  virtual void broadcast(torch::Tensor& tensor) = 0;
  // `rows` (n, ...): the first send[0] are for process 0, the next send[1] for process 1, and so
  // on. Returns the rows that are for this process, those of process 0 first, receive[p] of process
  // p.
  virtual torch::Tensor exchange(const torch::Tensor& rows, std::vector<int64_t> send,
                                 std::vector<int64_t> receive) = 0;
};

// MASTER_ADDR, MASTER_PORT, RANK and WORLD_SIZE; null when WORLD_SIZE is absent or 1. `device` is
// where the model lies. Waits until all processes are there. Throws Error when a variable is
// missing or no number, and when the others cannot be reached.
std::unique_ptr<Group> join_group(const torch::Device& device = torch::kCPU);

// (processes, ...): what each of them gives, the same shape everywhere. A collective call, as are
// the next two.
torch::Tensor gather(Group& group, const torch::Tensor& tensor);
// Process 0's text everywhere.
std::string broadcast_text(Group& group, const std::string& text);
// Returns when all processes are here.
void wait_for_all(Group& group);

// Gradients of the mean loss over `places` local places -> those of the mean over all processes'
// places, on every process; one message for all of them. Weights without a gradient count as 0.
// `loss` becomes the mean over all. Returns the number of places of all processes.
int64_t average_gradients(Group& group, const std::vector<torch::Tensor>& weights, int64_t places,
                          double& loss);

}  // namespace kaskad::train
