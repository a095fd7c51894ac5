// What the fuzz entry of kaskad/grpc/tensor_messages does with its bytes; tests/grpc runs it over a
// few nasty messages too.
#pragma once

#include <google/protobuf/stubs/logging.h>

#include <cstdlib>
#include <string>

#include "kaskad/grpc/tensor_messages.h"

namespace kaskad::fuzz {

// Any message must end in tensors that are as large as they say and aligned, or in a fault.
inline void grpc_tensors(const std::string& bytes) {
  const google::protobuf::LogSilencer silence;  // of text that is no UTF-8
  inference::ModelInferRequest message;
  if (!message.ParseFromString(bytes)) return;
  const auto parsed = read(message);
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

}  // namespace kaskad::fuzz
