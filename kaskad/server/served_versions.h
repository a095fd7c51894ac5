// What answers now and what answered before it: models are exchanged in one step, and the last good
// ones can be had back in one. Thread-safe.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "kaskad/server/arm_guard.h"
#include "kaskad/server/live_state.h"
#include "kaskad/server/metrics.h"
#include "kaskad/server/peer_feed.h"
#include "kaskad/server/served.h"

namespace kaskad {

class ServedVersions {
 public:
  // `metrics` and `guard` are told of all that begins to answer; `live` may be null.
  // `keep_previous`: for a roll_back(), at the price of their memory. Throws Error when the bundles
  // do not go together.
  ServedVersions(Bundles first, Metrics& metrics, const ArmGuard& guard,
                 std::shared_ptr<LiveState> live, bool keep_previous);

  // A request keeps what it began with.
  std::shared_ptr<const Served> now() const;

  // From the next request on, these answer; those that answered are kept, where that was asked for.
  // Throws Error, and nothing changes, when they do not go together.
  void exchange(Bundles next);
  // Those before answer again, and those that answered are kept. False where there are none.
  bool roll_back();

  struct Version {
    std::string name;   // Served::version()
    std::string since;  // when it began to answer: ISO-8601, UTC
  };
  Version current() const;
  std::optional<Version> previous() const;

  const PeerFeed* peers() const { return feed_.get(); }  // null: no others share the store

 private:
  struct Entry {
    std::shared_ptr<const Served> served = {};
    std::string since = {};
  };
  // Its counters know of all events when it begins.
  void begin(Entry next);
  void take(PeerNews& news);

  Metrics& metrics_;
  const ArmGuard& guard_;
  const std::shared_ptr<LiveState> live_;
  const bool keep_previous_;
  mutable std::mutex mutex_;
  Entry current_, previous_;
  // What the current one's counters of items had from the store when it began: later events of
  // other servers are told. Changes with LiveState::intake() held alone.
  uint64_t arrivals_ = 0;
  std::unique_ptr<PeerFeed> feed_;  // ends first
};

}  // namespace kaskad
