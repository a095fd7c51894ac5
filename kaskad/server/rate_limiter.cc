#include "kaskad/server/rate_limiter.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "kaskad/core/short_number.h"

namespace kaskad {

std::string_view client_of(std::string_view named, std::string_view address) {
  named.remove_prefix(named.rfind(',') + 1);  // npos + 1 is 0
  while (named.starts_with(' ')) named.remove_prefix(1);
  while (named.ends_with(' ')) named.remove_suffix(1);
  return named.empty() ? address : named;
}

MaybeRefusal RateLimiter::take(std::string_view client, Clock::time_point now) {
  if (!limits()) return std::nullopt;
  const auto seconds = [](double s) {
    return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(s));
  };
  const auto interval = seconds(1 / limit_.per_second);
  const auto tolerance = seconds((limit_.at_once - 1) / limit_.per_second);

  std::chrono::duration<double> wait;
  {
    std::lock_guard lock(mutex_);
    Clock::time_point& moment = moment_of(client, now);
    const Clock::time_point due = std::max(moment, now);
    if (due - now <= tolerance) {
      moment = due + interval;
      return std::nullopt;
    }
    wait = due - now - tolerance;
  }
  return Refusal{429,
                 "found more requests of this client, expected at most " +
                     short_number(limit_.per_second) + " a second and " +
                     short_number(limit_.at_once) + " at once",
                 static_cast<int>(std::ceil(wait.count()))};
}

RateLimiter::Clock::time_point& RateLimiter::moment_of(std::string_view client,
                                                       Clock::time_point now) {
  if (const auto found = newer_.find(client); found != newer_.end()) return found->second;
  Clock::time_point moment = now;
  if (const auto found = older_.find(client); found != older_.end()) {
    moment = found->second;
    older_.erase(found);
  }
  if (newer_.size() >= limit_.clients) older_ = std::exchange(newer_, {});
  return newer_.emplace(client, moment).first->second;
}

}  // namespace kaskad
