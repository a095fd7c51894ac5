// Reads back the journal that journal_lines.h writes: for counters that go on where a process, or a
// model before, had come to. Called by served.cc.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "kaskad/server/journal_lines.h"

namespace kaskad {

// One thread at a time.
class JournalReader {
 public:
  // Of `directory`, the files of the day of `from` (milliseconds since 1970) and later.
  JournalReader(std::string directory, int64_t from);

  // The lines that were written since the last call, file by file in the order of their days. What
  // `take` is given lives until it returns. A line that is none, as a killed process may leave one,
  // is passed over. Throws Error when a file cannot be read.
  void read_on(const std::function<void(const JournalLine&)>& take);

  uint64_t bad_lines() const { return bad_lines_; }

 private:
  const std::string directory_;
  const int64_t first_day_;
  std::map<std::string, uint64_t> read_;  // bytes, by file name
  uint64_t bad_lines_ = 0;
};

}  // namespace kaskad
