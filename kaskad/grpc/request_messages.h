// Messages of proto/kaskad.proto as the requests that the server's calls take, which check them.
// Private to the folder.
#pragma once

#include <cstdint>
#include <vector>

#include "kaskad/server/rank_request.h"
#include "kaskad/server/recommend_request.h"
#include "kaskad/state/live_event.h"
#include "proto/kaskad.pb.h"

namespace kaskad {

Parsed<RecommendRequest> read(const v1::RecommendRequest& message);
Parsed<RecommendRequest> read(const v1::SearchRequest& message);
Parsed<RecommendRequest> read(const v1::ExplainRequest& message);
Parsed<GivenList> read(const v1::RankRequest& message);
// An event without a timestamp happened at `now`, in milliseconds since 1970.
Parsed<std::vector<LiveEvent>> read(const v1::AppendEventsRequest& message, int64_t now);

}  // namespace kaskad
