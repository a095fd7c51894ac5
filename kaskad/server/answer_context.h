// What an answer needs beside its request: where figures go, what users did since, and which arms
// of an experiment the user is in. Made by the routes (service.cc).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kaskad/server/answer_writer.h"
#include "kaskad/server/arm_guard.h"
#include "kaskad/server/live_state.h"
#include "kaskad/server/metrics.h"
#include "kaskad/server/recommend_request.h"
#include "kaskad/server/served.h"
#include "kaskad/server/user_history.h"

namespace kaskad {

struct AnswerContext {
  Metrics& metrics;
  const Served* served = nullptr;                              // null: nobody is told what is shown
  LiveState* live = nullptr;                                   // null: no events are taken in
  ArmGuard* guard = nullptr;                                   // null: no arm is watched
  std::string_view experiment = {};                            // empty: none
  std::vector<std::pair<std::string, std::string>> arms = {};  // layer, arm

  // Adds the user's live events to what is stored; see user_history.h. A store that cannot be read
  // is counted, and what is stored has to do.
  LiveUser add_events(const std::string& user_id, const FindItem& find, TimeKind kind,
                      const ActionCodes& actions, KnownHistory& history) const;
  // LiveUser::newest for a request that names no user. A store that cannot be read is counted.
  std::optional<int64_t> newest(TimeKind kind) const;
};

// What an answer shows, and what it was made from.
struct ShownAnswer {
  std::vector<std::string_view> items;  // ids, the first place first
  std::string_view version;
  const ServedBundle& bundle;  // knows which items are popular
};

// Names the answer, so that events can say what they answer to, and records and remembers what it
// shows.
void write_exposure(AnswerWriter& out, const AnswerContext& context,
                    const RecommendRequest& request, ShownAnswer shown);

}  // namespace kaskad
