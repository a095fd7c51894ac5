#include "kaskad/state/journal.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "kaskad/core/day.h"
#include "kaskad/core/error.h"
#include "kaskad/core/utc.h"

namespace kaskad {
namespace {

std::string file_of(const std::string& directory, int64_t day) {
  return directory + "/" + date_text(day) + ".jsonl";
}

// Of a process that was stopped within its last line.
bool ends_within_a_line(int fd) {
  const off_t size = lseek(fd, 0, SEEK_END);
  char last = '\n';
  return size > 0 && pread(fd, &last, 1, size - 1) == 1 && last != '\n';
}

}  // namespace

Journal::Journal(const std::string& directory) : directory_(directory) {
  std::error_code failure;
  std::filesystem::create_directories(directory, failure);
  if (failure) throw system_error("create", directory, failure.value());
}

Journal::~Journal() {
  if (fd_ >= 0) close(fd_);
}

void Journal::open(int64_t day) {
  const std::string path = file_of(directory_, day);
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (fd < 0) throw system_error("open", path, errno);
  if (fd_ >= 0) close(fd_);
  fd_ = fd;
  day_ = day;
  half_line_ = ends_within_a_line(fd);
}

void Journal::append(std::string_view lines, int64_t now) {
  if (lines.empty()) return;
  const int64_t day = day_of(now);
  const std::lock_guard lock(mutex_);
  if (fd_ < 0 || day != day_) open(day);
  std::string text(half_line_ ? "\n" : "");
  text += lines;
  size_t written = 0;
  while (written < text.size()) {
    const ssize_t count = write(fd_, text.data() + written, text.size() - written);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      const int failure = errno;
      half_line_ = ends_within_a_line(fd_);
      throw system_error("write to", file_of(directory_, day_), failure);
    }
    written += static_cast<size_t>(count);
  }
  half_line_ = false;
}

}  // namespace kaskad
