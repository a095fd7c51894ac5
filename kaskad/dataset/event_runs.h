// Events on their way from the log to histories. They are collected into runs of fixed length,
// each sorted by user; complete runs stay in memory or are moved to an anonymous file when the
// budget is used up. Afterwards the events of any range of users can be read from all runs: an
// external merge sort whose merge is done range by range, so that ranges can go in parallel.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kaskad/core/ids.h"

namespace kaskad {

struct EventRow {
  int64_t time;
  uint32_t user;
  ItemId item;
  float weight;
  uint8_t action;
};

// Users [first, last) and how many events they have.
struct UserRange {
  uint32_t first = 0, last = 0;
  uint64_t events = 0;
};

// add() and spill() from one thread; read() from many once finish() has been called.
class EventRuns {
 public:
  // The file, if one is needed, is made in `directory` and has no name there.
  EventRuns(const std::string& directory, size_t run_rows);
  ~EventRuns();
  EventRuns(const EventRuns&) = delete;
  EventRuns& operator=(const EventRuns&) = delete;

  void add(const EventRow& row) {
    open_.push_back(row);
    if (open_.size() == run_rows_) close_run();
  }

  uint64_t memory() const;                       // bytes held
  void spill();                                  // moves all complete runs to the file
  uint64_t spilled() const { return spilled_; }  // bytes

  // Ends adding and cuts the users into ranges of at most `range_rows` events, a user with more
  // being a range alone.
  void finish(size_t range_rows);

  const std::vector<UserRange>& ranges() const { return ranges_; }
  const std::vector<uint32_t>& counts() const { return counts_; }  // events, by user

  void release();  // all memory and the file; nothing may be read afterwards

  // Replaces `rows` by the events of ranges()[range]; those of one user are in the order added.
  void read(size_t range, std::vector<EventRow>& rows) const;

 private:
  struct Run {
    std::vector<EventRow> rows;  // empty when in the file
    uint64_t offset = 0;         // in the file, in rows
    uint64_t size = 0;
    std::vector<uint64_t> cuts;  // (ranges + 1): rows [cuts[r], cuts[r + 1]) belong to range r
  };

  void close_run();
  void cut(Run& run) const;
  uint64_t first_row_of(const Run& run, uint64_t from, uint32_t user) const;
  void open_file();
  void read_file(uint64_t row, uint64_t count, EventRow* out) const;

  std::string directory_;
  size_t run_rows_;
  std::vector<EventRow> open_;     // the run being filled
  std::vector<EventRow> scratch_;  // of sorting
  std::vector<Run> runs_;
  std::vector<uint32_t> counts_;
  std::vector<UserRange> ranges_;
  int fd_ = -1;
  uint64_t spilled_ = 0;
};

// Stable; `scratch` is resized as needed.
void sort_by_user(std::vector<EventRow>& rows, std::vector<EventRow>& scratch);

}  // namespace kaskad
