// GET /v1/health/checks: what is wrong with this server, by the conditions of the doctor
// (kaskad/doctor/), so that the console says the same words as `kaskad doctor --server`. Owned by
// service.cc.
//
// The doctor compares the figures of two moments. Here the earlier one is that of a call before:
// the newest that lies at least a minute back, else the oldest there is; the first is the server's
// start, when all counters were 0. So nothing is measured while nobody asks.
#pragma once

#include <chrono>
#include <deque>
#include <mutex>
#include <string>

#include "kaskad/doctor/metrics_text.h"
#include "kaskad/server/http.h"

namespace kaskad {

// Thread-safe.
class HealthChecks {
 public:
  using Clock = std::chrono::steady_clock;

  explicit HealthChecks(Clock::time_point start = Clock::now());

  // `metrics`: the text of /metrics at `now`.
  HttpResponse answer(const std::string& metrics, Clock::time_point now = Clock::now());

  static constexpr std::chrono::seconds kWindow{60};  // what is looked back at, at least
  static constexpr std::chrono::seconds kApart{5};    // between two looks that are kept

 private:
  struct Look {
    Clock::time_point at;
    doctor::MetricsText metrics;
  };

  // What to compare with; keeps `look` for calls to come.
  Look before(Look look);

  std::mutex mutex_;
  std::deque<Look> looks_;  // oldest first, never empty
};

}  // namespace kaskad
