// Threads for stages with a time budget: a request waits for its stage until the deadline and goes
// on without it then. The stage cannot be interrupted, so it runs on, on its thread, and what it
// answers is dropped. Threads are made when none is idle, and kept.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>

namespace kaskad {

class StageThreads {
 public:
  // Never more than `most`, those that hang included.
  explicit StageThreads(size_t most = 256);
  // Waits for what runs, at most `grace`; what hangs longer is left to itself, and its thread ends
  // with it.
  ~StageThreads();
  StageThreads(const StageThreads&) = delete;
  StageThreads& operator=(const StageThreads&) = delete;

  // False, and the job is not taken, when all threads are busy and no further one may be made. The
  // job owns what it touches, and must not throw. Thread-safe.
  bool take(std::function<void()> job);

  size_t count() const;  // threads there are

  static constexpr std::chrono::milliseconds kGrace{1000};

 private:
  struct State;
  static void work(const std::shared_ptr<State>& state);

  const size_t most_;
  std::shared_ptr<State> state_;  // the threads hold it, too
};

}  // namespace kaskad
