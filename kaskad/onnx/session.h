// An ONNX file ready to run: a thin owner of what ONNX Runtime's C interface hands out. Called by
// every model whose answer is a graph; nothing else of the project sees ONNX Runtime.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "kaskad/onnx/tensor.h"

namespace kaskad {

// One input or output as the file declares it; -1 is a dimension that the caller chooses.
struct TensorSpec {
  std::string name;
  using Type = ElementType;
  Type type = Type::kFloat;
  std::vector<int64_t> shape;
  bool has_shape = true;  // false: the file leaves even the number of dimensions open

  std::string to_string() const;  // "history int64 (?, ?)"
};

// "history int64 (?, ?), mask bool (?, ?)"
std::string declared_text(const std::vector<TensorSpec>& specs);

// A tensor that the caller owns; the memory must outlive the call. Row-major.
struct TensorView {
  std::variant<std::span<const float>, std::span<const int64_t>> values;
  std::vector<int64_t> shape;
};

struct SessionOptions {
  // Threads inside one run(). 1 serves best where requests run beside each other.
  int threads = 1;
  // false: the shapes that the file declares of its outputs are not believed, and an answer must
  // only have as many values as there is room for. CatBoost declares (n) and gives (n, 1).
  bool output_shapes_hold = true;
};

// Thread-safe: run() may be called by many threads at once. All sessions of a process share one
// ONNX Runtime environment and one arena of memory.
class OnnxSession {
 public:
  // Throws Error naming the file and what ONNX Runtime says of it.
  explicit OnnxSession(const std::string& path, const SessionOptions& options = {});
  // Of a file in memory, which may go afterwards; `name` stands for its path in errors.
  static OnnxSession from_bytes(std::string_view bytes, const std::string& name,
                                const SessionOptions& options = {});
  ~OnnxSession();
  OnnxSession(OnnxSession&&) noexcept;
  OnnxSession& operator=(OnnxSession&&) noexcept;

  const std::vector<TensorSpec>& inputs() const;
  const std::vector<TensorSpec>& outputs() const;
  const std::string& path() const;

  // `in` has one tensor per input, in the order of inputs(). Every output that `out` has a span
  // for, in the order of outputs(), is written into it; sizes must fit exactly. An output whose
  // span is default-constructed is not asked. Throws Error naming the tensor, what was given and
  // what the file declares.
  void run(std::span<const TensorView> in, std::span<const std::span<float>> out) const;

  // The same with tensors of the types that the file declares. Gives the outputs of these numbers,
  // in this order, whatever their types and shapes.
  std::vector<OwnedTensor> run(std::span<const TensorBytes> in,
                               std::span<const size_t> wanted) const;

 private:
  struct Impl;
  explicit OnnxSession(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

std::string onnxruntime_version();

}  // namespace kaskad
