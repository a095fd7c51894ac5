// What no request may say, whatever it came over: one set of limits and of sentences for JSON and
// for protobuf. Called by calls.cc and by the readers of events.
#pragma once

#include <optional>

#include "kaskad/server/rank_request.h"
#include "kaskad/server/recommend_request.h"
#include "kaskad/state/live_event.h"

namespace kaskad {

// Each gives the first fault, or nothing.
std::optional<BadRequest> check(const RecommendRequest& request, RecommendKind kind);
std::optional<BadRequest> check(const GivenList& list);
std::optional<BadRequest> check(const LiveEvent& event);

}  // namespace kaskad
