// What other servers of the store do, as it happens: passed on to the counters and the memory of
// pages of this one. Owned by served_versions.h.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <thread>

#include "kaskad/monitor/page_quality.h"
#include "kaskad/server/served.h"
#include "kaskad/state/peer_channel.h"

namespace kaskad {

// Tells counters of pairs and the memory of pages; an event that names no query gets that of its
// page, if it is remembered. Told twice, all of it counts once.
void hear(PeerNews& news, const Served& served, PageQuality& quality);

// A thread of its own that reads from the oldest news on.
class PeerFeed {
 public:
  // `take` is called with each in turn; `peers` outlives this.
  PeerFeed(const PeerChannel& peers, std::function<void(PeerNews&)> take);
  ~PeerFeed();  // waits for a tenth of a second at most, and for Redis where it does not answer
  PeerFeed(const PeerFeed&) = delete;
  PeerFeed& operator=(const PeerFeed&) = delete;

  // Thread-safe.
  uint64_t heard() const { return heard_; }        // events, and lots of pages
  uint64_t failures() const { return failures_; }  // reads that failed; the next one goes on there
  const PeerChannel& channel() const { return peers_; }

 private:
  void loop();

  const PeerChannel& peers_;
  const std::function<void(PeerNews&)> take_;
  std::atomic<uint64_t> heard_{0}, failures_{0};
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace kaskad
