// The Open Inference Protocol over HTTP, as KServe and Triton speak it: what the server
// and its ONNX models are, and inference. Called by service.cc.
// https://github.com/kserve/open-inference-protocol
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "kaskad/server/metrics.h"
#include "kaskad/server/router.h"
#include "kaskad/server/served.h"

namespace kaskad {

// Adds the routes of /v2 but for health of the server. `served` gives what answers at the moment.
void add_inference(std::vector<Route>& routes,
                   const std::function<std::shared_ptr<const Served>()>& served, Metrics& metrics);

}  // namespace kaskad
