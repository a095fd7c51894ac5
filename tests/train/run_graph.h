// Runs what layers and models emit, through ONNX Runtime, on tensors.
#pragma once

#include <torch/torch.h>

#include <array>
#include <functional>
#include <string>
#include <vector>

#include "kaskad/onnx/graph.h"
#include "kaskad/onnx/session.h"
#include "tests/temp_dir.h"

namespace kaskad::train {

// A file that holds `bytes` while the object lives.
class OnnxFile {
 public:
  explicit OnnxFile(const std::string& bytes) : path_(folder_.write("graph.onnx", bytes)) {}

  const std::string& path() const { return path_; }

 private:
  const TempDir folder_;
  const std::string path_;
};

// The file's output "y" of the given shape for inputs that are int64 or float.
inline torch::Tensor run_graph(const std::string& bytes, const std::vector<torch::Tensor>& inputs,
                               const std::vector<int64_t>& shape) {
  const OnnxFile file(bytes);
  const OnnxSession session(file.path());
  std::vector<torch::Tensor> held;
  std::vector<TensorView> views;
  for (const torch::Tensor& input : inputs) {
    held.push_back(input.detach().contiguous());
    const auto size = static_cast<size_t>(input.numel());
    TensorView view;
    view.shape = input.sizes().vec();
    if (input.scalar_type() == torch::kInt64) {
      view.values = std::span<const int64_t>(held.back().data_ptr<int64_t>(), size);
    } else {
      view.values = std::span<const float>(held.back().data_ptr<float>(), size);
    }
    views.push_back(view);
  }
  torch::Tensor out = torch::empty(shape);
  const std::array<std::span<float>, 1> outputs = {
      std::span<float>(out.data_ptr<float>(), static_cast<size_t>(out.numel()))};
  session.run(views, outputs);
  return out;
}

inline double largest_difference(const torch::Tensor& a, const torch::Tensor& b) {
  return (a - b).abs().max().item<double>();
}

// Weights large enough that every part of a layer is seen in its output.
inline void draw_large(torch::nn::Module& module, double deviation = 0.3) {
  const torch::NoGradGuard no_grad;
  torch::manual_seed(5);
  for (torch::Tensor& parameter : module.parameters()) parameter.normal_(0, deviation);
}

}  // namespace kaskad::train
