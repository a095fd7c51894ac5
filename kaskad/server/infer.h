// The Open Inference Protocol without its transports: a model found, a request matched with it and
// run. Called by counted_inference.h and both transports.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "kaskad/server/infer_models.h"
#include "kaskad/server/infer_request.h"
#include "kaskad/server/refusal.h"
#include "kaskad/server/served.h"

namespace kaskad {

// Without a version, any. Status 404 where there is none.
std::variant<const InferModel*, Refusal> find_model(const Served& served, const std::string& name,
                                                    std::optional<std::string_view> version);

// One output that was asked for.
struct InferredTensor {
  std::string_view name;  // as the model's session has it
  OwnedTensor tensor;
  bool binary = false;  // HTTP: its bytes stand behind the JSON
};

// Status 400 where the request does not fit the model, or its values do not.
std::variant<std::vector<InferredTensor>, Refusal> infer(const InferModel& model,
                                                         const InferRequest& request);

}  // namespace kaskad
