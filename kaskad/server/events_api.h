// POST /v1/events and DELETE /v1/users/{id}: what users do, and what they want forgotten.
#pragma once

#include <string>

#include "kaskad/server/http.h"
#include "kaskad/server/live_state.h"
#include "kaskad/server/metrics.h"
#include "kaskad/server/served.h"

namespace kaskad {

// All events of the body or, where one is malformed, none. Status 503 where the store cannot write.
HttpResponse take_events(LiveState& live, const Served& served, const HttpRequest& request,
                         Metrics& metrics);

// Deletes the user's events and hides what the bundles store of the user, for good.
HttpResponse erase_user(LiveState& live, const Served& served, const std::string& user_id,
                        Metrics& metrics);

}  // namespace kaskad
