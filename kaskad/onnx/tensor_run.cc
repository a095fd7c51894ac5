// Runs of tensors of any type, and what all runs share.
#include "kaskad/core/error.h"
#include "kaskad/onnx/session_impl.h"

namespace kaskad {
namespace ort {

Tensor view(const OrtMemoryInfo& memory, ElementType type, std::span<const std::byte> bytes,
            const std::vector<int64_t>& shape, const std::string& what) {
  static std::byte nothing[8];
  auto* data = bytes.empty() ? nothing : const_cast<std::byte*>(bytes.data());
  OrtValue* tensor = nullptr;
  check(
      api().CreateTensorWithDataAsOrtValue(&memory, data, bytes.size(), shape.data(), shape.size(),
                                           static_cast<ONNXTensorElementDataType>(type), &tensor),
      what);
  return Tensor(tensor);
}

void run(OrtSession& session, const std::string& path, const NamedTensors& inputs,
         NamedTensors& outputs) {
  check(api().Run(&session, nullptr, inputs.names.data(), inputs.tensors.data(),
                  inputs.tensors.size(), outputs.names.data(), outputs.names.size(),
                  outputs.tensors.data()),
        "'" + path + "' cannot answer");
  outputs.adopt();
}

namespace {

OwnedTensor own(Tensor tensor, const std::string& path, const TensorSpec& spec) {
  OwnedTensor owned;
  if (element_size(spec.type) == 0) {
    throw Error("'" + path + "', output '" + spec.name + "': found " + spec.to_string() +
                ", expected a tensor of numbers or booleans");
  }
  owned.type = spec.type;
  OrtTensorTypeAndShapeInfo* raw = nullptr;
  check(api().GetTensorTypeAndShape(tensor.get(), &raw), path);
  const ShapeInfo info(raw);
  size_t rank = 0, count = 0;
  check(api().GetDimensionsCount(raw, &rank), path);
  owned.shape.resize(rank);
  check(api().GetDimensions(raw, owned.shape.data(), rank), path);
  check(api().GetTensorShapeElementCount(raw, &count), path);
  void* data = nullptr;
  check(api().GetTensorMutableData(tensor.get(), &data), path);
  owned.bytes = {static_cast<const std::byte*>(data), count * element_size(owned.type)};
  owned.owner = std::shared_ptr<const OrtValue>(std::move(tensor));
  return owned;
}

}  // namespace
}  // namespace ort

std::vector<OwnedTensor> OnnxSession::run(std::span<const TensorBytes> in,
                                          std::span<const size_t> wanted) const {
  const std::string& path = impl_->path;
  impl_->check_inputs(in.size());
  ort::Bindings bindings;
  ort::NamedTensors inputs, outputs;
  for (size_t i = 0; i < in.size(); ++i) {
    const size_t size = element_size(in[i].type);
    KASKAD_ASSERT(size > 0 && in[i].bytes.size() % size == 0);
    ort::check_input(path, impl_->declared_inputs[i],
                     {in[i].type, in[i].shape, in[i].bytes.size() / size}, bindings);
    inputs.add(impl_->inputs[i].name,
               ort::view(*impl_->memory, in[i].type, in[i].bytes, in[i].shape, path));
  }
  for (const size_t output : wanted) outputs.add(impl_->outputs.at(output).name, ort::Tensor());
  std::vector<OwnedTensor> answers;
  if (wanted.empty()) return answers;
  ort::run(*impl_->session, path, inputs, outputs);
  for (size_t i = 0; i < wanted.size(); ++i) {
    answers.push_back(ort::own(std::move(outputs.owners[i]), path, impl_->outputs[wanted[i]]));
  }
  return answers;
}

}  // namespace kaskad
