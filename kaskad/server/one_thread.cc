#include "kaskad/server/one_thread.h"

#include <utility>

namespace kaskad {

OneThread::~OneThread() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void OneThread::run(const std::function<void()>& work) {
  if (!thread_.joinable()) thread_ = std::thread([this] { loop(); });
  std::packaged_task<void()> task(work);
  std::future<void> done = task.get_future();
  {
    const std::lock_guard lock(mutex_);
    next_ = std::move(task);
  }
  changed_.notify_all();
  done.get();
}

void OneThread::loop() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stopping_ || next_.valid(); });
    if (stopping_) return;
    std::packaged_task<void()> task = std::exchange(next_, {});
    lock.unlock();
    task();
    lock.lock();
  }
}

}  // namespace kaskad
