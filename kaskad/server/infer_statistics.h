// What a model has inferred since it was loaded, as the statistics of the Open Inference Protocol
// tell it. Owned by InferModel, counted by counted_inference.h.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>

namespace kaskad {

// Where the time of one request went.
struct InferTimes {
  std::chrono::nanoseconds queue{0};  // from its arrival until a thread had it
  std::chrono::nanoseconds read{0}, run{0}, write{0};

  std::chrono::nanoseconds total() const { return queue + read + run + write; }
};

// Thread-safe.
class InferStatistics {
 public:
  struct Sum {
    uint64_t count = 0, ns = 0;
    void add(std::chrono::nanoseconds time);
  };
  struct Figures {
    Sum success, fail;            // whole requests
    Sum queue, read, run, write;  // of those that were answered
    int64_t last_ms = 0;          // when the last one began, since 1970; 0: never
  };

  // `began_ms` since 1970. What a failed request took is one figure: it may have ended anywhere.
  void add(const InferTimes& times, bool succeeded, int64_t began_ms);
  Figures figures() const;

 private:
  mutable std::mutex mutex_;
  Figures figures_;
};

}  // namespace kaskad
