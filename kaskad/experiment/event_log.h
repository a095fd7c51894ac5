// The event logs of an experiment as one stream in the order of time: files of several days, or of
// several servers, side by side. Gzip is unpacked. Called by read_log.h.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "kaskad/experiment/event_line.h"
#include "kaskad/log/event_reader.h"
#include "kaskad/log/row_faults.h"

namespace kaskad::ab {

class EventLog {
 public:
  // "-" is standard input. A line that cannot be read is counted, or under kFail thrown with file
  // and line. Each file is taken to be in order of time, as servers write it.
  EventLog(const std::vector<std::string>& paths, OnError on_error);
  ~EventLog();

  // The same over one text, for fuzzing and tests.
  EventLog(std::string text, const std::string& name, OnError on_error);

  // The next event by time; nullptr at the end. Lives until the next call. Throws Error at the end
  // of a log with more broken lines than sound ones.
  const LoggedEvent* next();

  uint64_t lines() const { return events_; }  // read without fault
  // Of all files: counts, and the first few with place and reason.
  SkippedRows skipped() const;
  uint64_t bytes_read() const;
  uint64_t bytes_total() const;  // 0: unknown

 private:
  class Source;
  void add(std::unique_ptr<Source> source);

  std::vector<std::unique_ptr<Source>> sources_;  // those with an event waiting, as a heap by time
  std::vector<std::unique_ptr<Source>> ended_;
  Source* given_ = nullptr;  // whose event next() handed out
  uint64_t events_ = 0;
};

}  // namespace kaskad::ab
