// A message of the Open Inference Protocol answered by a model, whether it came alone or in a
// stream. Private to the folder.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "kaskad/server/infer_models.h"
#include "kaskad/server/refusal.h"
#include "proto/inference.pb.h"

namespace kaskad {

class Service;

// Calls `answer` with the model, or says that there is none. An empty version means any.
MaybeRefusal with_model(Service& service, const std::string& name, const std::string& version,
                        const std::function<MaybeRefusal(const InferModel&)>& answer);

MaybeRefusal infer_message(Service& service, const inference::ModelInferRequest& request,
                           std::chrono::steady_clock::time_point arrived,
                           inference::ModelInferResponse& response);

}  // namespace kaskad
