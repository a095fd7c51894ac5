#include "kaskad/server/live_state.h"

#include <chrono>
#include <cstdio>
#include <random>
#include <utility>

#include "kaskad/core/error.h"

namespace kaskad {

int64_t wall_clock() {
  using std::chrono::duration_cast, std::chrono::milliseconds, std::chrono::system_clock;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

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

std::string LiveState::next_request_id() {
  char text[40];
  std::snprintf(text, sizeof(text), "%016llx-%llx", static_cast<unsigned long long>(start_),
                static_cast<unsigned long long>(++requests_));
  return text;
}

}  // namespace kaskad
