#include "kaskad/server/live_state.h"

#include <cstdio>
#include <random>
#include <utility>

#include "kaskad/core/error.h"
#include "kaskad/core/utc.h"

namespace kaskad {

LiveState::LiveState(std::unique_ptr<EventStore> store, std::unique_ptr<Journal> journal,
                     PageQualityOptions quality)
    : store_(std::move(store)),
      journal_(std::move(journal)),
      quality_(std::move(quality)),
      start_([] {
        std::random_device random;
        return uint64_t{random()} << 32 | random();
      }()) {}

void LiveState::record(std::string_view lines) {
  if (!journal_) return;
  try {
    journal_->append(lines, wall_clock());
  } catch (const Error&) {
    ++failed_records_;
  }
}

void LiveState::tell_page(std::string_view line) {
  record(line);
  if (PeerChannel* peers = store_->peers()) peers->tell(line);
}

std::string LiveState::next_request_id() {
  char text[40];
  std::snprintf(text, sizeof(text), "%016llx-%llx", static_cast<unsigned long long>(start_),
                static_cast<unsigned long long>(++requests_));
  return text;
}

}  // namespace kaskad
