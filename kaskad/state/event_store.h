// The contract of what keeps live events: what append() has returned for survives the process, a
// kill -9 among its ends. Called by the server: it writes what clients report and reads what a user
// did. Implemented by rocks_store.h; tests/state/event_store_battery.h is what each must pass.
//
// Time is that of the events. The newest event is the present: an event that is older by more than
// max_age is gone, so that a store fed with an old log behaves as it did then.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "kaskad/core/day.h"
#include "kaskad/state/live_event.h"
#include "kaskad/state/peer_channel.h"

namespace kaskad {

struct StoreLimits {
  size_t events_per_user = 1000;              // the newest
  int64_t max_age = 400 * kMillisecondsADay;  // milliseconds before the newest event of all
};

enum class Kept : uint8_t {
  kStored,
  kDuplicate,  // the event was there, and is not older than max_age
  kExpired,    // older than max_age
  kErased,     // not after a deletion of the user's data
};

// What a request must know of its user, read at one moment.
struct UserState {
  std::vector<LiveEvent> events;        // as history()
  std::optional<int64_t> erased_until;  // of the user
  std::optional<int64_t> newest;        // of all events
};

// Thread-safe. What cannot be read or written is an Error that names the store.
class EventStore {
 public:
  virtual ~EventStore() = default;

  // One answer an event. All of them are durable on return; on an exception any may be. Late
  // events find their place in the order of time; ties keep the order in which they came.
  virtual std::vector<Kept> append(std::span<const LiveEvent> events) = 0;

  // The newest `limit` events of the user, oldest first; at most events_per_user.
  virtual std::vector<LiveEvent> history(std::string_view user_id, size_t limit) const = 0;

  // Deletes the user's events, and lets none of `until` or before come in again. Durable on return.
  // Returns how many there were.
  virtual size_t erase_user(std::string_view user_id, int64_t until) = 0;
  // `until` of the user's last deletion.
  virtual std::optional<int64_t> erased_until(std::string_view user_id) const = 0;

  // Time of the newest event that was ever stored.
  virtual std::optional<int64_t> newest() const = 0;

  // These three at once, as each request reads them. A store behind a network does it in one round
  // trip.
  virtual UserState user_state(std::string_view user_id, size_t limit) const {
    return {history(user_id, limit), erased_until(user_id), newest()};
  }

  // Every event of [from, ...) that is there, in the order of time; some beyond events_per_user may
  // still be. Returns the last one's arrival among all: of what other servers append meanwhile,
  // `take` is given no later one. 0 where no others do.
  virtual uint64_t scan(int64_t from, const std::function<void(const LiveEvent&)>& take) const = 0;

  // The other servers of this store; null where there are none, or nobody asked for them.
  virtual PeerChannel* peers() { return nullptr; }
};

}  // namespace kaskad
