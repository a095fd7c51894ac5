#include "kaskad/log/bytes.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "kaskad/core/error.h"

namespace kaskad {
namespace {

class FileBytes : public ByteSource {
 public:
  explicit FileBytes(const std::string& path) : path_(path) {
    fd_ = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd_ < 0) throw system_error("open", path, errno);
    struct stat info;
    if (fstat(fd_, &info) == 0 && S_ISREG(info.st_mode)) {
      total_ = static_cast<uint64_t>(info.st_size);
    }
  }
  ~FileBytes() override { close(fd_); }

  size_t read(char* to, size_t capacity) override {
    while (true) {
      const ssize_t got = ::read(fd_, to, capacity);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) {
        const int failure = errno;
        throw system_error("read", path_, failure);
      }
      consumed_ += static_cast<uint64_t>(got);
      return static_cast<size_t>(got);
    }
  }
  uint64_t consumed() const override { return consumed_; }
  uint64_t total() const override { return total_; }

 private:
  std::string path_;
  int fd_ = -1;
  std::atomic<uint64_t> consumed_ = 0;
  uint64_t total_ = 0;
};

class MemoryBytes : public ByteSource {
 public:
  explicit MemoryBytes(std::string bytes) : bytes_(std::move(bytes)) {}

  size_t read(char* to, size_t capacity) override {
    const size_t got = std::min<size_t>(capacity, bytes_.size() - consumed_);
    std::memcpy(to, bytes_.data() + consumed_, got);
    consumed_ += got;
    return got;
  }
  uint64_t consumed() const override { return consumed_; }
  uint64_t total() const override { return bytes_.size(); }

 private:
  std::string bytes_;
  std::atomic<uint64_t> consumed_ = 0;
};

// Gives back the bytes that were looked at, then the rest of the source.
class Replayed : public ByteSource {
 public:
  Replayed(std::string head, std::unique_ptr<ByteSource> rest)
      : head_(std::move(head)), rest_(std::move(rest)) {}

  size_t read(char* to, size_t capacity) override {
    if (given_ == head_.size()) return rest_->read(to, capacity);
    const size_t got = std::min(capacity, head_.size() - given_);
    std::memcpy(to, head_.data() + given_, got);
    given_ += got;
    return got;
  }
  uint64_t consumed() const override { return rest_->consumed(); }
  uint64_t total() const override { return rest_->total(); }

 private:
  std::string head_;
  size_t given_ = 0;
  std::unique_ptr<ByteSource> rest_;
};

std::unique_ptr<ByteSource> unpacked_when_gzip(std::unique_ptr<ByteSource> source,
                                               const std::string& name) {
  std::string head(2, '\0');
  size_t got = 0;
  while (got < 2) {
    const size_t more = source->read(head.data() + got, 2 - got);
    if (more == 0) break;
    got += more;
  }
  head.resize(got);
  auto whole = std::make_unique<Replayed>(head, std::move(source));
  if (head == "\x1f\x8b") return gunzip(std::move(whole), name);
  return whole;
}

}  // namespace

std::unique_ptr<ByteSource> open_bytes(const std::string& path) {
  return unpacked_when_gzip(std::make_unique<FileBytes>(path), path);
}

std::unique_ptr<ByteSource> memory_bytes(std::string bytes, const std::string& name) {
  return unpacked_when_gzip(std::make_unique<MemoryBytes>(std::move(bytes)), name);
}

}  // namespace kaskad
