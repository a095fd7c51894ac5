#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "kaskad/log/bytes.h"

namespace kaskad {
namespace {

constexpr size_t kReadAheadBlock = 1 << 20;
constexpr size_t kBlocksAhead = 4;

class ReadAhead : public ByteSource {
 public:
  explicit ReadAhead(std::unique_ptr<ByteSource> source) : source_(std::move(source)) {
    thread_ = std::thread([this] { produce(); });
  }
  ~ReadAhead() override {
    {
      const std::lock_guard lock(mutex_);
      stopped_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }

  size_t read(char* to, size_t capacity) override {
    if (given_ == current_.size() && !take_block()) return 0;
    const size_t got = std::min(capacity, current_.size() - given_);
    std::memcpy(to, current_.data() + given_, got);
    given_ += got;
    return got;
  }
  uint64_t consumed() const override { return source_->consumed(); }
  uint64_t total() const override { return source_->total(); }
  bool gzip() const override { return source_->gzip(); }

 private:
  // In the thread. An empty block marks the end; failure_ says whether it is a good one.
  void produce() {
    std::vector<char> block;
    do {
      block.resize(kReadAheadBlock);
      try {
        block.resize(source_->read(block.data(), block.size()));
      } catch (...) {
        block.clear();
        failure_ = std::current_exception();
      }
    } while (put_block(block));
  }

  // False when nothing more is wanted. Leaves a spent block's memory in `block`.
  bool put_block(std::vector<char>& block) {
    const bool more = !block.empty();
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return stopped_ || ready_.size() < kBlocksAhead; });
    if (stopped_) return false;
    ready_.push_back(std::move(block));
    block.clear();
    if (!spent_.empty()) {
      block = std::move(spent_.back());
      spent_.pop_back();
    }
    changed_.notify_all();
    return more;
  }

  bool take_block() {
    if (ended_) return false;
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !ready_.empty(); });
    if (current_.capacity() > 0) spent_.push_back(std::move(current_));
    current_ = std::move(ready_.front());
    ready_.pop_front();
    given_ = 0;
    changed_.notify_all();
    ended_ = current_.empty();
    if (ended_ && failure_) std::rethrow_exception(failure_);
    return !ended_;
  }

  std::unique_ptr<ByteSource> source_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::vector<char>> ready_;
  std::vector<std::vector<char>> spent_;
  std::exception_ptr failure_;
  bool stopped_ = false;

  std::vector<char> current_;  // the reader's own from here on
  size_t given_ = 0;
  bool ended_ = false;
  std::thread thread_;
};

}  // namespace

std::unique_ptr<ByteSource> read_ahead(std::unique_ptr<ByteSource> source) {
  return std::make_unique<ReadAhead>(std::move(source));
}

}  // namespace kaskad
