// One process at a time in a directory of results.
#pragma once

#include <string>

namespace kaskad {

// Holds the directory until destroyed, or until the process ends in whatever way. Leaves no file.
class DirectoryLock {
 public:
  // Makes the directory where there is none. Throws Error when somebody holds it already.
  explicit DirectoryLock(const std::string& directory);
  ~DirectoryLock();
  DirectoryLock(const DirectoryLock&) = delete;
  DirectoryLock& operator=(const DirectoryLock&) = delete;

 private:
  int fd_ = -1;
};

}  // namespace kaskad
