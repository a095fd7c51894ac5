#include "kaskad/onnx/session.h"

#include <algorithm>
#include <cstring>
#include <filesystem>

#include "kaskad/core/error.h"
#include "kaskad/onnx/session_impl.h"

namespace kaskad {

using ort::api;

namespace {

ort::Options make_options(int threads, const std::string& path) {
  OrtSessionOptions* raw = nullptr;
  ort::check(api().CreateSessionOptions(&raw), path);
  ort::Options options(raw);
  ort::check(api().SetIntraOpNumThreads(raw, std::max(threads, 1)), path);
  ort::check(api().SetInterOpNumThreads(raw, 1), path);
  ort::check(api().SetSessionGraphOptimizationLevel(raw, ORT_ENABLE_ALL), path);
  // Waiting threads sleep: a server's other requests need the cores.
  ort::check(api().AddSessionConfigEntry(raw, "session.intra_op.allow_spinning", "0"), path);
  ort::check(api().AddSessionConfigEntry(raw, "session.use_env_allocators", "1"), path);
  // A plan of memory is kept for every shape that was ever seen: too many with histories of all
  // lengths.
  ort::check(api().DisableMemPattern(raw), path);
  return options;
}

template <typename T>
constexpr ElementType kTypeOf =
    std::is_same_v<std::remove_const_t<T>, float> ? ElementType::kFloat : ElementType::kInt64;

// Copies what ONNX Runtime allocated because nobody knew its shape before.
void copy_out(OrtValue& tensor, std::span<float> out, const std::string& path,
              const TensorSpec& spec) {
  OrtTensorTypeAndShapeInfo* raw = nullptr;
  ort::check(api().GetTensorTypeAndShape(&tensor, &raw), path);
  const ort::ShapeInfo info(raw);
  size_t rank = 0, count = 0;
  ort::check(api().GetDimensionsCount(raw, &rank), path);
  std::vector<int64_t> shape(rank);
  ort::check(api().GetDimensions(raw, shape.data(), rank), path);
  ort::check(api().GetTensorShapeElementCount(raw, &count), path);
  if (count != out.size()) {
    throw Error("'" + path + "', output '" + spec.name + "': given room for " +
                std::to_string(out.size()) + " values, the answer is " + shape_text(shape));
  }
  void* data = nullptr;
  ort::check(api().GetTensorMutableData(&tensor, &data), path);
  std::memcpy(out.data(), data, out.size_bytes());
}

std::string not_runnable(const std::string& path) {
  return "'" + path + "' cannot be run as an ONNX file";
}

std::vector<TensorSpec> specs_of(const std::vector<ort::Declared>& declared) {
  std::vector<TensorSpec> specs;
  specs.reserve(declared.size());
  for (const ort::Declared& one : declared) specs.push_back(one.spec);
  return specs;
}

}  // namespace

std::string declared_text(const std::vector<TensorSpec>& specs) {
  std::string text;
  for (const TensorSpec& spec : specs) text += (text.empty() ? "" : ", ") + spec.to_string();
  return text;
}

OnnxSession::Impl::Impl(ort::Session opened, std::string name, const SessionOptions& options)
    : path(std::move(name)),
      memory(ort::cpu_memory()),
      session(std::move(opened)),
      declared_inputs(ort::declared_inputs(*session, path)),
      declared_outputs(ort::declared_outputs(*session, path)),
      inputs(specs_of(declared_inputs)),
      outputs(specs_of(declared_outputs)) {
  if (options.output_shapes_hold) return;
  for (ort::Declared& output : declared_outputs) output.spec.has_shape = false;
}

void OnnxSession::Impl::check_inputs(size_t given) const {
  if (given == inputs.size()) return;
  throw Error("'" + path + "': given " + std::to_string(given) + " inputs, the file declares " +
              std::to_string(inputs.size()) + ": " + declared_text(inputs));
}

OnnxSession::OnnxSession(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
OnnxSession::~OnnxSession() = default;
OnnxSession::OnnxSession(OnnxSession&&) noexcept = default;
OnnxSession& OnnxSession::operator=(OnnxSession&&) noexcept = default;

OnnxSession::OnnxSession(const std::string& path, const SessionOptions& options) {
  std::error_code failure;
  if (!std::filesystem::is_regular_file(path, failure)) {
    throw Error("cannot open '" + path + "': there is no such file");
  }
  OrtSession* opened = nullptr;
  ort::check(api().CreateSession(&ort::environment(), path.c_str(),
                                 make_options(options.threads, path).get(), &opened),
             not_runnable(path));
  impl_ = std::make_unique<Impl>(ort::Session(opened), path, options);
}

OnnxSession OnnxSession::from_bytes(std::string_view bytes, const std::string& name,
                                    const SessionOptions& options) {
  OrtSession* opened = nullptr;
  ort::check(api().CreateSessionFromArray(&ort::environment(), bytes.data(), bytes.size(),
                                          make_options(options.threads, name).get(), &opened),
             not_runnable(name));
  return OnnxSession(std::make_unique<Impl>(ort::Session(opened), name, options));
}

const std::vector<TensorSpec>& OnnxSession::inputs() const { return impl_->inputs; }
const std::vector<TensorSpec>& OnnxSession::outputs() const { return impl_->outputs; }
const std::string& OnnxSession::path() const { return impl_->path; }

void OnnxSession::run(std::span<const TensorView> in, std::span<const std::span<float>> out) const {
  const std::string& path = impl_->path;
  impl_->check_inputs(in.size());
  if (out.size() > impl_->outputs.size()) {
    throw Error("'" + path + "': asked for " + std::to_string(out.size()) +
                " outputs, the file declares " + std::to_string(impl_->outputs.size()) + ": " +
                declared_text(impl_->outputs));
  }
  ort::Bindings bindings;
  ort::NamedTensors inputs, outputs;
  for (size_t i = 0; i < in.size(); ++i) {
    std::visit(
        [&]<typename T>(std::span<T> values) {
          ort::check_input(path, impl_->declared_inputs[i],
                           {kTypeOf<T>, in[i].shape, values.size()}, bindings);
          inputs.add(impl_->inputs[i].name, ort::view(*impl_->memory, kTypeOf<T>,
                                                      std::as_bytes(values), in[i].shape, path));
        },
        in[i].values);
  }
  std::vector<size_t> asked;
  for (size_t i = 0; i < out.size(); ++i) {
    if (out[i].data() == nullptr) continue;
    const auto shape = output_shape(path, impl_->declared_outputs[i], bindings, out[i].size());
    outputs.add(impl_->outputs[i].name, shape ? ort::view(*impl_->memory, ElementType::kFloat,
                                                          std::as_bytes(out[i]), *shape, path)
                                              : ort::Tensor());
    asked.push_back(i);
  }
  if (asked.empty()) return;
  const auto allocated = outputs.missing();
  ort::run(*impl_->session, path, inputs, outputs);
  for (const size_t at : allocated) {
    copy_out(*outputs.tensors[at], out[asked[at]], path, impl_->outputs[asked[at]]);
  }
}

std::string onnxruntime_version() { return OrtGetApiBase()->GetVersionString(); }

}  // namespace kaskad
