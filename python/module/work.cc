#include "work.h"

#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <string>
#include <thread>

#include "kaskad/core/stop.h"

namespace kaskad::python {
namespace {

constexpr auto kLookEvery = std::chrono::milliseconds(100);

class Work {
 public:
  explicit Work(const nb::object& listener) : listener_(listener) {}

  void run(const std::function<void(const Progress&)>& body) {
    std::thread thread([&] { work(body); });
    while (!raised_ && wait_a_little()) look();
    stop_ = raised_.has_value();
    {
      const nb::gil_scoped_release released;
      thread.join();
    }
    if (!raised_) look();  // the last update
    if (raised_) throw std::move(*raised_);
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  // The other thread.
  void work(const std::function<void(const Progress&)>& body) {
    const StopScope scope(&stop_);
    try {
      body([this](const ProgressUpdate& update) {
        check_stop(&stop_);
        const std::lock_guard lock(mutex_);
        latest_ = update;
      });
    } catch (...) {
      failure_ = std::current_exception();
    }
    const std::lock_guard lock(mutex_);
    done_ = true;
    changed_.notify_one();
  }

  // False when the work is done.
  bool wait_a_little() {
    const nb::gil_scoped_release released;
    std::unique_lock lock(mutex_);
    return !changed_.wait_for(lock, kLookEvery, [&] { return done_; });
  }

  // Signals, then the listener.
  void look() {
    if (PyErr_CheckSignals() != 0) {
      raised_.emplace();
      return;
    }
    std::optional<ProgressUpdate> update;
    {
      const std::lock_guard lock(mutex_);
      update.swap(latest_);
    }
    if (!update || listener_.is_none()) return;
    try {
      listener_(update->stage, update->done, update->total, update->note);
    } catch (nb::python_error& error) {
      raised_.emplace(error);
    }
  }

  const nb::object& listener_;
  StopFlag stop_ = false;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool done_ = false;
  std::optional<ProgressUpdate> latest_;
  std::exception_ptr failure_;
  std::optional<nb::python_error> raised_;
};

}  // namespace

void run_work(const nb::object& listener, const std::function<void(const Progress&)>& body) {
  Work(listener).run(body);
}

}  // namespace kaskad::python
