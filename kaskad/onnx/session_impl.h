// What an OnnxSession holds, and the lists of tensors that its runs hand to ONNX Runtime. Private
// to kaskad/onnx/.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "kaskad/onnx/runtime.h"
#include "kaskad/onnx/session.h"
#include "kaskad/onnx/tensor_spec.h"

namespace kaskad {

struct OnnxSession::Impl {
  Impl(ort::Session opened, std::string name, const SessionOptions& options);

  // Throws Error when there are not as many inputs as the file declares.
  void check_inputs(size_t given) const;

  std::string path;
  ort::MemoryInfo memory;
  ort::Session session;
  std::vector<ort::Declared> declared_inputs, declared_outputs;
  std::vector<TensorSpec> inputs, outputs;
};

namespace ort {

// Tensors as Run() takes them: names and handles side by side. It puts what it allocates where a
// handle is null.
struct NamedTensors {
  void add(const std::string& name, Tensor tensor) {
    names.push_back(name.c_str());
    tensors.push_back(tensor.get());
    owners.push_back(std::move(tensor));
  }
  std::vector<size_t> missing() const {
    std::vector<size_t> places;
    for (size_t i = 0; i < tensors.size(); ++i) {
      if (tensors[i] == nullptr) places.push_back(i);
    }
    return places;
  }
  void adopt() {
    for (size_t i = 0; i < tensors.size(); ++i) {
      if (owners[i] == nullptr) owners[i].reset(tensors[i]);
    }
  }

  std::vector<const char*> names;
  std::vector<OrtValue*> tensors;
  std::vector<Tensor> owners;
};

// A view of the caller's memory. ONNX Runtime wants an address even of nothing, and does not write
// through that of an input.
Tensor view(const OrtMemoryInfo& memory, ElementType type, std::span<const std::byte> bytes,
            const std::vector<int64_t>& shape, const std::string& what);

// Without names of outputs ONNX Runtime refuses to run: there must be one.
void run(OrtSession& session, const std::string& path, const NamedTensors& inputs,
         NamedTensors& outputs);

}  // namespace ort
}  // namespace kaskad
