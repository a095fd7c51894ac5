// A directory of one test. Tests run beside each other, each in a process of its own, so a fixed
// name under the temporary directory would be shared.
#pragma once

#include <stdlib.h>

#include <cerrno>
#include <filesystem>
#include <string>
#include <string_view>

#include "kaskad/core/error.h"
#include "kaskad/core/file.h"

namespace kaskad {

// An empty directory that lives as long as the object.
class TempDir {
 public:
  TempDir() {
    std::string name = (std::filesystem::temp_directory_path() / "kaskad-XXXXXX").string();
    if (!mkdtemp(name.data())) throw system_error("create", name, errno);
    path_ = name;
  }
  ~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

  // Writes a file of this name, returns its path.
  std::string write(const std::string& name, std::string_view bytes) const {
    write_file(*this / name, bytes);
    return *this / name;
  }

 private:
  std::string path_;
};

}  // namespace kaskad
