// What the fuzz entry of kaskad/server/infer_request does with its bytes; tests/server runs it over
// a few nasty bodies too. The first byte says how much of the rest is JSON.
#pragma once

#include <cstdlib>
#include <string>

#include "kaskad/server/infer_request.h"

namespace kaskad::fuzz {

// Any input must end in tensors that are as large as they say and aligned, or in a fault.
inline void check_infer_request(const Parsed<InferRequest>& parsed) {
  const auto* request = std::get_if<InferRequest>(&parsed);
  if (!request) {
    if (std::get<BadRequest>(parsed).why.empty()) std::abort();
    return;
  }
  for (const InferTensor& tensor : request->inputs) {
    size_t size = element_size(tensor.type);
    for (const int64_t length : tensor.shape) size *= static_cast<size_t>(length);
    if (tensor.bytes.size() != size) std::abort();
    if (reinterpret_cast<uintptr_t>(tensor.bytes.data()) % element_size(tensor.type) != 0 &&
        size > 0) {
      std::abort();
    }
  }
}

inline void infer_body(const std::string& body, const std::string& header_length) {
  check_infer_request(parse_infer_request(body, header_length));
}

inline void infer(const std::string& bytes) {
  if (bytes.empty()) return;
  const std::string body = bytes.substr(1);
  const auto part = static_cast<size_t>(static_cast<unsigned char>(bytes[0]));
  infer_body(body, "");
  infer_body(body, std::to_string(body.size() * part / 255));
}

}  // namespace kaskad::fuzz
