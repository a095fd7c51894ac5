// The body of POST /v2/models/{name}/infer: JSON, or JSON with the bytes of tensors behind it (the
// binary tensor data extension). Called by infer_api.h.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kaskad/onnx/tensor.h"
#include "kaskad/server/request_limits.h"

namespace kaskad {

// As many bytes as the shape says.
struct InferTensor {
  std::string name;
  ElementType type = ElementType::kFloat;
  std::vector<int64_t> shape;
  std::span<const std::byte> bytes;  // of the body, or of `own`
  std::vector<std::byte> own;
};

struct InferOutput {
  std::string name;
  std::optional<bool> binary;  // none: as the request says of all
};

struct InferRequest {
  std::optional<std::string> id;
  std::vector<InferTensor> inputs;
  std::vector<InferOutput> outputs;  // empty: all
  bool binary_outputs = false;
};

// `header_length` is what Inference-Header-Content-Length says, empty without it. Tensors may point
// into `body`. A fault names the tensor, what was found and what was expected.
Parsed<InferRequest> parse_infer_request(std::string_view body, std::string_view header_length);

}  // namespace kaskad
