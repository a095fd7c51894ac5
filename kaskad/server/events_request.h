// The body of POST /v1/events, parsed and checked: {"events": [...]}, or one event a line as
// application/x-ndjson or application/jsonl.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "kaskad/server/request_limits.h"
#include "kaskad/state/live_event.h"

namespace kaskad {

// An event without a timestamp happened at `now`, in milliseconds since 1970.
Parsed<std::vector<LiveEvent>> parse_events(std::string_view body, std::string_view content_type,
                                            int64_t now);

}  // namespace kaskad
