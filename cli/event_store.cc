#include "cli/event_store.h"

#include "kaskad/core/day.h"
#include "kaskad/state/redis_store.h"
#include "kaskad/state/rocks_store.h"

namespace kaskad::cli {

std::string rocks_directory(const EventStoreFlags& flags) { return flags.events + "/store"; }

std::unique_ptr<EventStore> open_event_store(const EventStoreFlags& flags, bool sync, bool peers) {
  StoreLimits limits = flags.kept;
  limits.max_age = static_cast<int64_t>(flags.events_days * kMillisecondsADay);
  if (is_redis_url(flags.events)) {
    return open_redis_store(flags.events, {.limits = limits, .sync = sync, .peers = peers});
  }
  return open_rocks_store(rocks_directory(flags), {.limits = limits, .sync = sync});
}

}  // namespace kaskad::cli
