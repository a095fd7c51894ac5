// Work that is always done by the same thread, however many ask for it. Loading models is: glibc
// gives each thread that allocates an arena of its own, and what a model leaves free in one is not
// used by a load in another. Reloads on whichever thread was free kept a model's memory once for
// each of them. Owned by admin_api.h.
#pragma once

#include <condition_variable>
#include <functional>
#include <future>
#include <mutex>
#include <thread>

namespace kaskad {

class OneThread {
 public:
  OneThread() = default;
  ~OneThread();
  OneThread(const OneThread&) = delete;
  OneThread& operator=(const OneThread&) = delete;

  // Returns when `work` has been done, and throws what it throws. One caller at a time. The thread
  // begins with the first call.
  void run(const std::function<void()>& work);

 private:
  void loop();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::packaged_task<void()> next_;  // not valid: nothing waits
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace kaskad
