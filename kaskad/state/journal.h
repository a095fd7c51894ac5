// What was shown and what came of it, in the order of arrival: files of one JSON object a line, one
// file a day (UTC), for people, for `kaskad ab` and for the next training. A record, not a store:
// a killed process has lost nothing that append() returned for, a machine without power may have.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

namespace kaskad {

// Thread-safe.
class Journal {
 public:
  // Throws Error when the directory cannot be made.
  explicit Journal(const std::string& directory);
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  // `lines` end with a newline each and stay together. `now`, in milliseconds since 1970, says
  // which day's file. Throws Error when they cannot be written.
  void append(std::string_view lines, int64_t now);

  const std::string& directory() const { return directory_; }

 private:
  void open(int64_t day);

  const std::string directory_;
  std::mutex mutex_;
  int64_t day_ = 0;  // since 1970, of the open file
  int fd_ = -1;
  bool half_line_ = false;  // at the end of the file
};

}  // namespace kaskad
