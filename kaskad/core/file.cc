#include "kaskad/core/file.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <utility>

#include "kaskad/core/staged_file.h"

namespace kaskad {
namespace fs = std::filesystem;
namespace {

constexpr size_t kWriteBuffer = 1 << 20;

std::string without_trailing_slash(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

fs::path parent_of(const std::string& path) {
  const fs::path parent = fs::path(path).parent_path();
  return parent.empty() ? fs::path(".") : parent;
}

// `NAME.tmp-PID` of processes that no longer live.
void remove_leftovers(const std::string& final_path) {
  const std::string prefix = fs::path(final_path).filename().string() + ".tmp-";
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(parent_of(final_path), ignored)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(prefix)) continue;
    const int pid = std::atoi(name.c_str() + prefix.size());
    if (pid > 0 && kill(pid, 0) != 0 && errno == ESRCH) fs::remove_all(entry.path(), ignored);
  }
}

// For file systems without RENAME_EXCHANGE (some network ones). A process killed between the two
// renames leaves the older directory as NAME.replaced, which is never removed by itself.
void replace_in_two_steps(const std::string& staged, const std::string& final_path) {
  const std::string replaced = final_path + ".replaced";
  std::error_code failure;
  const bool had_older = fs::exists(final_path);
  if (had_older) fs::rename(final_path, replaced, failure);
  if (!failure) fs::rename(staged, final_path, failure);
  if (failure) {
    std::error_code ignored;
    if (had_older && !fs::exists(final_path)) fs::rename(replaced, final_path, ignored);
    throw system_error("rename to", final_path, failure.value());
  }
  if (had_older) fs::remove_all(replaced, failure);
}

}  // namespace

MappedFile::MappedFile(const std::string& path) : path_(path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) throw system_error("open", path, errno);
  struct stat info;
  if (fstat(fd, &info) != 0 || S_ISDIR(info.st_mode)) {
    const int failure = S_ISDIR(info.st_mode) ? EISDIR : errno;
    ::close(fd);
    throw system_error("read", path, failure);
  }
  size_ = static_cast<size_t>(info.st_size);
  if (size_ > 0) {
    void* address = mmap(nullptr, size_, PROT_READ, MAP_SHARED, fd, 0);
    if (address == MAP_FAILED) {
      const int failure = errno;
      ::close(fd);
      throw system_error("map", path, failure);
    }
    data_ = static_cast<const std::byte*>(address);
  }
  ::close(fd);
}

MappedFile::~MappedFile() {
  if (data_) munmap(const_cast<std::byte*>(data_), size_);
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : path_(std::move(other.path_)),
      data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

FileWriter::FileWriter(const std::string& path) : path_(path) {
  fd_ = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd_ < 0) throw system_error("create", path, errno);
  buffer_.reserve(kWriteBuffer);
}

FileWriter::~FileWriter() {
  if (fd_ < 0) return;
  ::close(fd_);
  unlink(path_.c_str());
}

void FileWriter::write(const void* data, size_t bytes) {
  size_ += bytes;
  if (buffer_.size() + bytes > kWriteBuffer) flush();
  if (bytes <= kWriteBuffer) {
    buffer_.append(static_cast<const char*>(data), bytes);
    return;
  }
  write_through(static_cast<const char*>(data), bytes);
}

void FileWriter::flush() {
  write_through(buffer_.data(), buffer_.size());
  buffer_.clear();
}

void FileWriter::write_through(const char* data, size_t bytes) {
  while (bytes > 0) {
    const ssize_t written = ::write(fd_, data, bytes);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw system_error("write to", path_, errno);
    data += written;
    bytes -= static_cast<size_t>(written);
  }
}

void FileWriter::close() {
  flush();
  if (fsync(fd_) != 0 && errno != EINVAL && errno != EROFS) {
    throw system_error("write to", path_, errno);
  }
  if (::close(std::exchange(fd_, -1)) != 0) throw system_error("close", path_, errno);
}

void write_file(const std::string& path, std::string_view text) {
  StagedFile staged(path);
  FileWriter writer(staged.path());
  writer.write(text);
  writer.close();
  staged.commit();
}

std::string read_file(const std::string& path) {
  const MappedFile file(path);
  return std::string(reinterpret_cast<const char*>(file.data()), file.size());
}

StagedDirectory::StagedDirectory(const std::string& final_path)
    : final_path_(without_trailing_slash(final_path)),
      staged_path_(final_path_ + ".tmp-" + std::to_string(getpid())) {
  std::error_code failure;
  fs::create_directories(parent_of(final_path_), failure);
  if (failure) throw system_error("create", parent_of(final_path_).string(), failure.value());
  remove_leftovers(final_path_);
  fs::remove_all(staged_path_, failure);
  if (!fs::create_directory(staged_path_, failure)) {
    throw system_error("create", staged_path_, failure.value());
  }
}

StagedDirectory::~StagedDirectory() {
  std::error_code ignored;
  if (!committed_) fs::remove_all(staged_path_, ignored);
}

void StagedDirectory::commit() {
  sync_directory(staged_path_);
  const bool replaces = fs::exists(final_path_);
  if (replaces && !fs::is_directory(final_path_)) {
    throw system_error("replace", final_path_, ENOTDIR);
  }
  // An older directory changes places with the new one in a single step of the file system, so
  // that under the name there is always a whole one; then it is removed under the staged name.
  const unsigned flags = replaces ? RENAME_EXCHANGE : RENAME_NOREPLACE;
  if (renameat2(AT_FDCWD, staged_path_.c_str(), AT_FDCWD, final_path_.c_str(), flags) != 0) {
    if (errno != EINVAL) throw system_error("rename to", final_path_, errno);
    replace_in_two_steps(staged_path_, final_path_);
  }
  committed_ = true;
  sync_parent_of(final_path_);
  std::error_code ignored;
  if (replaces) fs::remove_all(staged_path_, ignored);
}

}  // namespace kaskad
