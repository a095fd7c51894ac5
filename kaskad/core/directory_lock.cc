#include "kaskad/core/directory_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "kaskad/core/error.h"

namespace kaskad {

DirectoryLock::DirectoryLock(const std::string& directory) {
  std::error_code failure;
  std::filesystem::create_directories(directory, failure);
  if (failure) throw system_error("create", directory, failure.value());
  fd_ = open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd_ < 0) throw system_error("open", directory, errno);
  if (flock(fd_, LOCK_EX | LOCK_NB) == 0) return;
  const int reason = errno;
  close(fd_);
  if (reason != EWOULDBLOCK) throw system_error("lock", directory, reason);
  throw Error("'" + directory +
              "' is in use by another run; wait for its end or take another directory");
}

DirectoryLock::~DirectoryLock() { close(fd_); }

}  // namespace kaskad
