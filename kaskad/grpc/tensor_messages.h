// Tensors of ModelInfer: as bytes (raw_input_contents), or as lists of values. Private to the
// folder and its fuzz entry.
#pragma once

#include <vector>

#include "kaskad/server/infer.h"
#include "kaskad/server/infer_request.h"
#include "proto/inference.pb.h"

namespace kaskad {

// Tensors may point into the message. A fault names the tensor, what was found and what was
// expected.
Parsed<InferRequest> read(const inference::ModelInferRequest& message);

// Outputs go as bytes, whatever the inputs came as.
void write(const std::vector<InferredTensor>& outputs, inference::ModelInferResponse& message);

}  // namespace kaskad
