// One inference from its request to its answer, counted in /metrics and in the model's statistics:
// the place that every request passes, whatever it came over. Called by infer_api.cc (HTTP) and
// kaskad/grpc.
#pragma once

#include <chrono>
#include <functional>
#include <vector>

#include "kaskad/server/infer.h"
#include "kaskad/server/infer_models.h"
#include "kaskad/server/infer_request.h"
#include "kaskad/server/metrics.h"

namespace kaskad {

// How a transport reads a request and writes what was inferred.
struct InferTransport {
  std::chrono::steady_clock::time_point arrived;
  std::function<Parsed<InferRequest>()> read;
  std::function<void(const InferRequest&, const std::vector<InferredTensor>&)> write;
};

// Status 400 where the request is to blame. A request that cannot be read counts as one that was
// refused, an exception as status 500.
MaybeRefusal infer_counted(const InferModel& model, const InferTransport& transport,
                           Metrics& metrics);

}  // namespace kaskad
