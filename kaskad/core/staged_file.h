// A file that appears under its name only when it is whole; beside core/file.h's StagedDirectory.
#pragma once

#include <string>

namespace kaskad {

// Whoever writes a file piece by piece writes to path(), closes it, and commits: it is renamed,
// replacing an older file of that name. Without commit() the destructor removes it. An interrupted
// process leaves the older file and at most `NAME.tmp-PID` beside it.
class StagedFile {
 public:
  explicit StagedFile(const std::string& final_path);
  ~StagedFile();
  StagedFile(const StagedFile&) = delete;
  StagedFile& operator=(const StagedFile&) = delete;

  const std::string& path() const { return staged_path_; }
  // Throws Error naming the final path.
  void commit();

 private:
  const std::string final_path_, staged_path_;
  bool committed_ = false;
};

// What was renamed in this directory stays so, whatever happens to the machine.
void sync_directory(const std::string& directory);
// The same of the directory that has `path`.
void sync_parent_of(const std::string& path);

}  // namespace kaskad
