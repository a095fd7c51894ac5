// Objects that are costly to make, such as scratch memory with a place for every item of a
// catalogue: lent to one user at a time and kept for the next.
#pragma once

#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <new>
#include <utility>
#include <vector>

namespace kaskad {

// Thread-safe. Holds as many objects as were ever lent at once; outlives its loans.
template <typename T>
class Pool {
 public:
  using Make = std::function<std::unique_ptr<T>()>;

  explicit Pool(Make make) : make_(std::move(make)) {}

  // An object for the life of the loan, as its last user left it. What an exception leaves behind
  // is not lent again.
  class Loan {
   public:
    explicit Loan(Pool& pool)
        : pool_(pool), object_(pool.take()), exceptions_(std::uncaught_exceptions()) {}
    ~Loan() {
      if (std::uncaught_exceptions() == exceptions_) pool_.give_back(std::move(object_));
    }
    Loan(const Loan&) = delete;
    Loan& operator=(const Loan&) = delete;

    T& operator*() const { return *object_; }
    T* operator->() const { return object_.get(); }

   private:
    Pool& pool_;
    std::unique_ptr<T> object_;
    const int exceptions_;
  };

 private:
  std::unique_ptr<T> take() {
    {
      const std::lock_guard lock(mutex_);
      if (!idle_.empty()) {
        std::unique_ptr<T> object = std::move(idle_.back());
        idle_.pop_back();
        return object;
      }
    }
    return make_();
  }
  // Where memory for the list is short, the object goes.
  void give_back(std::unique_ptr<T> object) noexcept try {
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(object));
  } catch (const std::bad_alloc&) {
  }

  const Make make_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<T>> idle_;
};

}  // namespace kaskad
