// Tensors of any element type, as bytes: what a graph of somebody else's takes and gives. Used by
// whoever does not know at compile time which types a file declares.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace kaskad {

// Numbered as ONNX numbers them (TensorProto.DataType), but for the first two.
enum class ElementType {
  kNoTensor = -1,  // a sequence or a map
  kOther = 0,      // text, complex numbers, ...: nothing here handles them
  kFloat = 1,
  kUInt8 = 2,
  kInt8 = 3,
  kUInt16 = 4,
  kInt16 = 5,
  kInt32 = 6,
  kInt64 = 7,
  kBool = 9,
  kFloat16 = 10,  // IEEE half
  kDouble = 11,
  kUInt32 = 12,
  kUInt64 = 13,
};

size_t element_size(ElementType type);       // in bytes; 0 of those that nothing handles
const char* element_name(ElementType type);  // "float", "int64", ...
bool is_floating(ElementType type);          // float, double or half

// "(2, ?)"; -1 is a dimension that the caller chooses.
std::string shape_text(const std::vector<int64_t>& shape);

// A tensor that the caller owns: row-major, little-endian, aligned to its elements. The memory must
// outlive the call.
struct TensorBytes {
  ElementType type = ElementType::kFloat;
  std::span<const std::byte> bytes;
  std::vector<int64_t> shape;
};

// An output, in memory of its own.
struct OwnedTensor {
  ElementType type = ElementType::kFloat;
  std::vector<int64_t> shape;
  std::span<const std::byte> bytes;
  std::shared_ptr<const void> owner;

  size_t size() const { return bytes.size() / element_size(type); }
  template <typename T>
  std::span<const T> as() const {
    return {reinterpret_cast<const T*>(bytes.data()), bytes.size() / sizeof(T)};
  }
};

}  // namespace kaskad
