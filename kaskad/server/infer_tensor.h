// Tensors as the Open Inference Protocol writes them: names of types, and values as JSON numbers.
// Arrays may be large, so that they are read and written without a tree. Called by infer_request.h
// and infer_api.h.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kaskad/onnx/tensor.h"

namespace kaskad {

// "FP32", "INT64", ...; "BYTES" of what is no number.
const char* datatype_name(ElementType type);
std::optional<ElementType> datatype_called(std::string_view name);
std::string datatype_names();  // all that are taken: "BOOL, FP16, ..."

// "FP32 (2, ?)"
std::string datatype_text(ElementType type, const std::vector<int64_t>& shape);

// What a tensor takes; nothing where that is more than can be counted.
std::optional<size_t> byte_size(ElementType type, const std::vector<int64_t>& shape);

inline constexpr size_t kMostDimensions = 32;

// The values of a JSON array, nested in any way, in their order; `out` takes their bytes. Gives
// what is wrong, or nothing: "value 7: found 300, expected INT8".
std::optional<std::string> read_tensor_json(std::string_view array, ElementType type,
                                            std::vector<std::byte>& out);

// Appends "[1,2.5]", flat; what is no number becomes null. `bytes` are aligned to their elements.
void write_tensor_json(ElementType type, std::span<const std::byte> bytes, std::string& out);

}  // namespace kaskad
