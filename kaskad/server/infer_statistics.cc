#include "kaskad/server/infer_statistics.h"

#include <algorithm>

namespace kaskad {

void InferStatistics::Sum::add(std::chrono::nanoseconds time) {
  ++count;
  ns += static_cast<uint64_t>(time.count());
}

void InferStatistics::add(const InferTimes& times, bool succeeded, int64_t began_ms) {
  const std::lock_guard lock(mutex_);
  figures_.last_ms = std::max(figures_.last_ms, began_ms);
  if (!succeeded) return figures_.fail.add(times.total());
  figures_.success.add(times.total());
  figures_.queue.add(times.queue);
  figures_.read.add(times.read);
  figures_.run.add(times.run);
  figures_.write.add(times.write);
}

InferStatistics::Figures InferStatistics::figures() const {
  const std::lock_guard lock(mutex_);
  return figures_;
}

}  // namespace kaskad
