// How long work reports on itself. The library only calls back; the cli draws the bar.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace kaskad {

struct ProgressUpdate {
  std::string stage;   // "reading ml-1m.csv", "scoring variants"
  uint64_t done = 0;   // in units of the stage: rows, bytes, variants
  uint64_t total = 0;  // 0 when unknown
  std::string note;    // "best ndcg@10 .1671 (directed, window 20, ...)"
};

// May be called from any thread, one call at a time, at most some tens of times a second. An
// empty function means that nobody listens. Throwing from it stops the work.
using Progress = std::function<void(const ProgressUpdate&)>;

inline void report(const Progress& progress, ProgressUpdate update) {
  if (progress) progress(update);
}

}  // namespace kaskad
