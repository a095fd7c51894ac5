// Live events in a RocksDB database: the store of one server, in a directory of its own. Writes of
// several threads share one fsync. Made by `kaskad serve --events`.
#pragma once

#include <memory>
#include <string>

#include "kaskad/state/event_store.h"

namespace kaskad {

struct RocksStoreOptions {
  StoreLimits limits = {};
  // Whether append() waits until the disk has it: then events survive the machine's end, too, and
  // not the process's alone.
  bool sync = true;
};

// Opens the directory or makes it. Throws Error that names it when it cannot be read, is damaged,
// or another process has it.
std::unique_ptr<EventStore> open_rocks_store(const std::string& directory,
                                             const RocksStoreOptions& options = {});

}  // namespace kaskad
