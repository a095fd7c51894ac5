// What servers that share a store of events tell each other beside what it keeps: the events that
// one takes in, for the counters of all, and the pages that it shows. Of the last hour at most:
// news, not a record. Owned by the store (EventStore::peers()); tests/server/peers_test.cc is two
// of them.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kaskad/state/live_event.h"

namespace kaskad {

// An event that a server took in, or lines (kaskad/server/journal_lines.h) of pages that it showed.
struct PeerNews {
  std::optional<LiveEvent> event = {};
  uint64_t arrival = 0;  // of the event among all: see EventStore::scan()
  std::string pages = {};
};

// Where a reader has come to. A new one begins with the oldest news that there are.
using PeerPosition = std::string;

// Thread-safe, each position by one thread.
class PeerChannel {
 public:
  virtual ~PeerChannel() = default;

  // Lines of pages that were shown here, for the others. Does not wait for a network; what finds no
  // place while the others cannot be reached is counted. Events are told by EventStore::append().
  virtual void tell(std::string_view pages) = 0;

  // What others, or all, have told since `position`, which is moved on: some of it, and where there
  // is none for so long, the position stays. Throws Error that names the store when it cannot be
  // read.
  enum class Of : uint8_t { kOthers, kAll };
  virtual std::vector<PeerNews> read(PeerPosition& position, std::chrono::milliseconds wait,
                                     Of whom = Of::kOthers) const = 0;

  virtual uint64_t dropped() const = 0;  // lines of pages that nobody will be told
};

}  // namespace kaskad
