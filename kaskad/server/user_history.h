// What a user did until now: what a bundle stores of it, then what came in since.
#pragma once

#include <optional>
#include <string>

#include "kaskad/server/given_history.h"
#include "kaskad/state/event_store.h"

namespace kaskad {

// Adds the user's live events whose items `find` knows to what is stored, in the order of time; an
// event that is in both, of the same item and time, counts once. What is stored of before a
// deletion goes. In a log of order numbers live events follow the stored ones, in their own order.
// Throws Error when the store cannot be read.
struct LiveUser {
  bool active = false;  // there are live events
  bool erased = false;  // what bundles store of the user, features included, is not to be used
  // The newest event of all, where there is one and the models tell time by a clock.
  std::optional<int64_t> newest = {};
};
LiveUser add_live_events(const EventStore& store, const std::string& user_id, const FindItem& find,
                         TimeKind kind, const ActionCodes& actions, KnownHistory& history);

// A copy of what is stored.
KnownHistory to_known(const History& stored);

}  // namespace kaskad
