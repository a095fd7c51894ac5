// Ending long work from another thread: whoever starts it sets a flag for its thread, and every
// parallel_for() below, with its threads, looks at the flag before each index. Used by the Python
// module for Ctrl-C; without a StopScope nothing is looked at.
#pragma once

#include <atomic>
#include <exception>

namespace kaskad {

using StopFlag = std::atomic<bool>;

// What ends the work. No Error: nobody did anything wrong.
class Stopped : public std::exception {
 public:
  const char* what() const noexcept override { return "the work was stopped"; }
};

// While it lives, the work of this thread ends with Stopped once `flag` is set. The flag must
// outlive it; null: the work is not to be stopped.
class StopScope {
 public:
  explicit StopScope(const StopFlag* flag);
  ~StopScope();
  StopScope(const StopScope&) = delete;
  StopScope& operator=(const StopScope&) = delete;

 private:
  const StopFlag* outer_;
};

// Of the innermost scope of this thread; null without one.
const StopFlag* current_stop();

inline void check_stop(const StopFlag* flag) {
  if (flag && flag->load(std::memory_order_relaxed)) throw Stopped();
}

}  // namespace kaskad
