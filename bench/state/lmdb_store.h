// The same store over LMDB, the other embedded database that was a candidate: one writer at a time,
// B+ tree, mapped memory. Enough of EventStore for the bench.
#pragma once

#include <memory>
#include <string>

#include "kaskad/state/event_store.h"

namespace kaskad::bench {

// `sync`: append() returns when the disk has it.
std::unique_ptr<EventStore> open_lmdb_store(const std::string& directory, const StoreLimits& limits,
                                            bool sync);

}  // namespace kaskad::bench
