#include "kaskad/core/staged_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "kaskad/core/error.h"

namespace kaskad {

StagedFile::StagedFile(const std::string& final_path)
    : final_path_(final_path), staged_path_(final_path + ".tmp-" + std::to_string(getpid())) {}

StagedFile::~StagedFile() {
  if (!committed_) unlink(staged_path_.c_str());
}

void StagedFile::commit() {
  if (rename(staged_path_.c_str(), final_path_.c_str()) != 0) {
    throw system_error("rename to", final_path_, errno);
  }
  committed_ = true;
  sync_parent_of(final_path_);
}

void sync_directory(const std::string& directory) {
  const int fd = open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  fsync(fd);
  close(fd);
}

void sync_parent_of(const std::string& path) {
  const std::string parent = std::filesystem::path(path).parent_path().string();
  sync_directory(parent.empty() ? "." : parent);
}

}  // namespace kaskad
