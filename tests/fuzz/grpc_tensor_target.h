// What the fuzz entry of kaskad/grpc/tensor_messages does with its bytes; tests/grpc runs it over a
// few nasty messages too.
#pragma once

#include <google/protobuf/stubs/logging.h>

#include <string>

#include "kaskad/grpc/tensor_messages.h"
#include "tests/fuzz/infer_target.h"

namespace kaskad::fuzz {

inline void grpc_tensors(const std::string& bytes) {
  const google::protobuf::LogSilencer silence;  // of text that is no UTF-8
  inference::ModelInferRequest message;
  if (!message.ParseFromString(bytes)) return;
  check_infer_request(read(message));
}

}  // namespace kaskad::fuzz
