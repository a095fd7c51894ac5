// The store of live events that `kaskad serve` keeps and `kaskad events` reads, by one set of
// flags.
#pragma once

#include <memory>
#include <string>

#include "kaskad/state/event_store.h"

namespace kaskad::cli {

struct EventStoreFlags {
  std::string events;  // a directory, or redis://HOST:PORT
  StoreLimits kept;
  double events_days = 400;  // how old they may become
};

// The directory of RocksDB within a directory of events.
std::string rocks_directory(const EventStoreFlags& flags);

// `sync`: whether what is appended is on the disk. `peers`: whether it is a server's, which tells
// others of the same Redis and hears them. Throws Error when the store cannot be opened.
std::unique_ptr<EventStore> open_event_store(const EventStoreFlags& flags, bool sync, bool peers);

}  // namespace kaskad::cli
