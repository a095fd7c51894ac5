// How many requests a second one client may send. A client that sends fewer may send a few at
// once: the generic cell rate algorithm of ITU-T I.371, the token bucket that keeps one moment a
// client. Called by both transports.
//
// The clients of late are remembered, at most 2 x `clients`: a flood of addresses takes no memory,
// and who is forgotten begins anew.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "kaskad/server/refusal.h"

namespace kaskad {

struct RateLimit {
  double per_second = 0;  // of one client; 0: no limit
  double at_once = 1;     // how many may come together, at least 1
  size_t clients = 1 << 16;
};

// Whom a request counts for: the last entry of `named`, a header that the proxy in front of the
// server adds an entry to ("X-Forwarded-For": before it stands what the client itself likes to
// write), or where that says nothing the address that it came from.
std::string_view client_of(std::string_view named, std::string_view address);

class RateLimiter {
 public:
  using Clock = std::chrono::steady_clock;

  explicit RateLimiter(const RateLimit& limit) : limit_(limit) {}

  bool limits() const { return limit_.per_second > 0; }

  // Nothing, and the request is counted; else 429 with the time until the next one is taken.
  // Thread-safe.
  MaybeRefusal take(std::string_view client, Clock::time_point now = Clock::now());

 private:
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  // When each client will have room for `at_once` requests again.
  using Moments = std::unordered_map<std::string, Clock::time_point, Hash, std::equal_to<>>;

  Clock::time_point& moment_of(std::string_view client, Clock::time_point now);

  const RateLimit limit_;
  std::mutex mutex_;
  Moments newer_, older_;  // a client moves to the newer ones when it asks
};

}  // namespace kaskad
