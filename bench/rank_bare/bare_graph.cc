#include "bench/rank_bare/bare_graph.h"

#include "kaskad/core/error.h"

namespace kaskad::bench {
namespace {

using ort::api;

void check(OrtStatus* status) { ort::check(status, "bare ONNX Runtime"); }

OrtAllocator& allocator() {
  OrtAllocator* found = nullptr;
  check(api().GetAllocatorWithDefaultOptions(&found));
  return *found;
}

// Names of the inputs, or of the outputs: `count` and `name` are calls of the library.
template <class Count, class Name>
std::vector<std::string> names_of(const OrtSession& session, Count OrtApi::* count,
                                  Name OrtApi::* name) {
  size_t number = 0;
  check((api().*count)(&session, &number));
  std::vector<std::string> names;
  for (size_t i = 0; i < number; ++i) {
    char* text = nullptr;
    check((api().*name)(&session, i, &allocator(), &text));
    names.emplace_back(text);
    check(api().AllocatorFree(&allocator(), text));
  }
  return names;
}

ort::Session open(const std::string& path) {
  OrtSessionOptions* made = nullptr;
  check(api().CreateSessionOptions(&made));
  const ort::Options options(made);
  check(api().SetIntraOpNumThreads(options.get(), 1));
  OrtSession* session = nullptr;
  check(api().CreateSession(&ort::environment(), path.c_str(), options.get(), &session));
  return ort::Session(session);
}

ort::Tensor tensor_over(const void* data, size_t bytes, const std::vector<int64_t>& shape,
                        ONNXTensorElementDataType type) {
  OrtValue* value = nullptr;
  check(api().CreateTensorWithDataAsOrtValue(ort::cpu_memory().get(), const_cast<void*>(data),
                                             bytes, shape.data(), shape.size(), type, &value));
  return ort::Tensor(value);
}

}  // namespace

BareGraph::BareGraph(const std::string& path, const std::map<std::string, OrtValue*>& given)
    : session_(open(path)) {
  OrtIoBinding* binding = nullptr;
  check(api().CreateIoBinding(session_.get(), &binding));
  binding_.reset(binding);
  for (const auto& name :
       names_of(*session_, &OrtApi::SessionGetInputCount, &OrtApi::SessionGetInputName)) {
    const auto found = given.find(name);
    if (found == given.end()) throw Error("'" + path + "': nothing is given for '" + name + "'");
    check(api().BindInput(binding, name.c_str(), found->second));
  }
  const auto names =
      names_of(*session_, &OrtApi::SessionGetOutputCount, &OrtApi::SessionGetOutputName);
  const ort::MemoryInfo memory = ort::cpu_memory();
  for (const auto& name : names) {
    check(api().BindOutputToDevice(binding, name.c_str(), memory.get()));
  }
  run();
  OrtValue** values = nullptr;
  size_t count = 0;
  check(api().GetBoundOutputValues(binding, &allocator(), &values, &count));
  for (size_t i = 0; i < count; ++i) {
    outputs_[names[i]] = values[i];
    check(api().BindOutput(binding, names[i].c_str(), values[i]));
  }
  check(api().AllocatorFree(&allocator(), values));
}

BareGraph::~BareGraph() {
  for (const auto& [name, value] : outputs_) api().ReleaseValue(value);
}

void BareGraph::run() { check(api().RunWithBinding(session_.get(), nullptr, binding_.get())); }

ort::Tensor bare_tensor(const std::vector<int64_t>& values, const std::vector<int64_t>& shape) {
  return tensor_over(values.data(), values.size() * sizeof(int64_t), shape,
                     ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64);
}

ort::Tensor bare_tensor(const std::vector<float>& values, const std::vector<int64_t>& shape) {
  return tensor_over(values.data(), values.size() * sizeof(float), shape,
                     ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT);
}

const float* bare_floats(const OrtValue& value) {
  void* data = nullptr;
  check(api().GetTensorMutableData(const_cast<OrtValue*>(&value), &data));
  return static_cast<const float*>(data);
}

}  // namespace kaskad::bench
