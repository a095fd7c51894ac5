// One run of a benchmark binary, told as protocol/rival.py expects: one JSON line on standard
// output with the seconds of what is timed and the peak memory up to the end of it.
#pragma once

#include <chrono>
#include <cstdio>
#include <functional>
#include <string>

#include "kaskad/core/error.h"
#include "kaskad/core/memory.h"

namespace kaskad::bench {

class Stopwatch {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

// `more` is further members of the object, such as ", \"users\": 5", or empty.
inline void print_run(double seconds, const std::string& more = "") {
  std::printf("{\"seconds\": %.6f, \"peak_mb\": %.1f%s}\n", seconds,
              static_cast<double>(peak_memory()) / (1 << 20), more.c_str());
}

// What main() returns: an Error becomes a line on standard error and status 1.
inline int guarded_main(const char* program, const std::function<int()>& body) {
  try {
    return body();
  } catch (const Error& error) {
    std::fprintf(stderr, "%s: %s\n", program, error.what());
    return 1;
  }
}

}  // namespace kaskad::bench
