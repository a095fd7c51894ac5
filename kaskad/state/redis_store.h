// Live events in Redis: the store of several servers. Each change is one script, so that what one
// server has acknowledged all others see. Made by `kaskad serve --events redis://...`.
//
// Durable is what that Redis calls so: with appendfsync always an acknowledged event survives the
// machine, with everysec the process.
#pragma once

#include <memory>
#include <string>

#include "kaskad/state/event_store.h"

namespace kaskad {

struct RedisStoreOptions {
  StoreLimits limits = {};
  // Whether a Redis that does not write each change to its disk before it answers is refused.
  bool sync = true;
  int timeout_ms = 1000;  // to connect, and for an answer
  // Whether news is told to other servers and can be read: of a server, not of a command.
  bool peers = false;
};

// "redis://HOST:PORT", "redis://HOST:PORT/NAME": keys begin with NAME, "kaskad" without. Throws
// Error naming the address when it is none, nobody answers, or Redis does not keep what it is
// given.
std::unique_ptr<EventStore> open_redis_store(const std::string& url,
                                             const RedisStoreOptions& options = {});

bool is_redis_url(const std::string& text);

}  // namespace kaskad
