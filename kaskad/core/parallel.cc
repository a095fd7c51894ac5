#include "kaskad/core/parallel.h"

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "kaskad/core/stop.h"

namespace kaskad {

int default_threads() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof(set), &set) == 0) return std::max(1, CPU_COUNT(&set));
  return std::max(1u, std::thread::hardware_concurrency());
}

void parallel_for(size_t count, int threads,
                  const std::function<void(size_t i, int worker)>& body) {
  const int workers = static_cast<int>(std::min<size_t>(std::max(threads, 1), count));
  const StopFlag* const stop = current_stop();
  if (workers <= 1) {
    for (size_t i = 0; i < count; ++i) {
      check_stop(stop);
      body(i, 0);
    }
    return;
  }
  std::atomic<size_t> next{0};
  std::exception_ptr failure;
  std::mutex failure_mutex;
  auto work = [&](int worker) {
    try {
      const StopScope inherited(stop);  // for loops within the body
      for (size_t i; (i = next.fetch_add(1)) < count;) {
        check_stop(stop);
        body(i, worker);
      }
    } catch (...) {
      next.store(count);
      std::lock_guard lock(failure_mutex);
      if (!failure) failure = std::current_exception();
    }
  };
  std::vector<std::thread> others;
  try {
    for (int worker = 1; worker < workers; ++worker) others.emplace_back(work, worker);
  } catch (const std::system_error&) {
    // The system gives no more threads; those that there are do all the work.
  }
  work(0);
  for (std::thread& thread : others) thread.join();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace kaskad
