// POST /v1/events and DELETE /v1/users/{id}: what users do, and what they want forgotten. Called by
// calls.cc.
#pragma once

#include <string>
#include <vector>

#include "kaskad/server/answer_writer.h"
#include "kaskad/server/live_state.h"
#include "kaskad/server/metrics.h"
#include "kaskad/server/refusal.h"
#include "kaskad/server/served.h"

namespace kaskad {

// Clocks differ by seconds; one that is an hour ahead is wrong, and the newest event is the present
// of everybody.
inline constexpr int64_t kMostAhead = 3'600'000;  // milliseconds

// All of the events, which have been checked, or none. Status 503 where the store cannot write.
MaybeRefusal take_events(LiveState& live, const Served& served, std::vector<LiveEvent> events,
                         Metrics& metrics, AnswerWriter& out);

// Deletes the user's events and hides what the bundles store of the user, for good.
MaybeRefusal erase_user(LiveState& live, const Served& served, const std::string& user_id,
                        Metrics& metrics, AnswerWriter& out);

}  // namespace kaskad
