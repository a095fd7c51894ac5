#include "kaskad/dataset/event_runs.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <limits>
#include <utility>

#include "kaskad/core/error.h"

namespace kaskad {
namespace {

constexpr int kDigitBits = 11;  // a counting pass over 2048 buckets stays in the L1 cache

uint32_t digit(const EventRow& row, int shift) {
  return row.user >> shift & ((1u << kDigitBits) - 1);
}

bool by_user(const EventRow& a, const EventRow& b) { return a.user < b.user; }

// Assigning {} would keep the capacity.
template <typename T>
void free_memory(std::vector<T>& values) {
  std::vector<T>().swap(values);
}

}  // namespace

void sort_by_user(std::vector<EventRow>& rows, std::vector<EventRow>& scratch) {
  if (std::is_sorted(rows.begin(), rows.end(), by_user)) return;
  const uint32_t largest = std::max_element(rows.begin(), rows.end(), by_user)->user;
  scratch.resize(rows.size());
  for (int shift = 0; shift < static_cast<int>(std::bit_width(largest)); shift += kDigitBits) {
    std::array<size_t, (1 << kDigitBits)> next{};
    for (const EventRow& row : rows) ++next[digit(row, shift)];
    size_t begin = 0;
    for (size_t& bucket : next) begin += std::exchange(bucket, begin);
    for (const EventRow& row : rows) scratch[next[digit(row, shift)]++] = row;
    rows.swap(scratch);
  }
}

EventRuns::EventRuns(const std::string& directory, size_t run_rows)
    : directory_(directory), run_rows_(run_rows) {
  open_.reserve(run_rows_);
}

EventRuns::~EventRuns() {
  if (fd_ >= 0) ::close(fd_);
}

void EventRuns::close_run() {
  if (open_.empty()) return;
  sort_by_user(open_, scratch_);
  counts_.resize(std::max<size_t>(counts_.size(), open_.back().user + size_t{1}));
  for (const EventRow& row : open_) {
    if (++counts_[row.user] == std::numeric_limits<uint32_t>::max()) {
      throw Error("a user of the log has more than 4294967294 events");
    }
  }
  Run run;
  run.size = open_.size();
  run.rows = std::move(open_);
  runs_.push_back(std::move(run));
  open_.clear();
  open_.reserve(run_rows_);
}

uint64_t EventRuns::memory() const {
  uint64_t rows = open_.capacity() + scratch_.capacity();
  for (const Run& run : runs_) rows += run.rows.capacity();
  return rows * sizeof(EventRow) + counts_.capacity() * sizeof(uint32_t);
}

void EventRuns::release() {
  runs_.clear();
  free_memory(counts_);
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

void EventRuns::open_file() {
  const std::string path = directory_ + "/events.spilled";
  fd_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd_ < 0) throw system_error("create", path, errno);
  unlink(path.c_str());
}

void EventRuns::spill() {
  for (Run& run : runs_) {
    if (run.rows.empty()) continue;
    if (fd_ < 0) open_file();
    const char* bytes = reinterpret_cast<const char*>(run.rows.data());
    size_t left = run.rows.size() * sizeof(EventRow);
    run.offset = spilled_ / sizeof(EventRow);
    while (left > 0) {
      const ssize_t written = ::write(fd_, bytes, left);
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) throw system_error("write temporary events below", directory_, errno);
      bytes += written;
      left -= static_cast<size_t>(written);
      spilled_ += static_cast<uint64_t>(written);
    }
    free_memory(run.rows);
  }
}

void EventRuns::read_file(uint64_t row, uint64_t count, EventRow* out) const {
  char* bytes = reinterpret_cast<char*>(out);
  size_t left = count * sizeof(EventRow);
  off_t at = static_cast<off_t>(row * sizeof(EventRow));
  while (left > 0) {
    const ssize_t got = pread(fd_, bytes, left, at);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) throw system_error("read temporary events below", directory_, got ? errno : EIO);
    bytes += got;
    at += got;
    left -= static_cast<size_t>(got);
  }
}

void EventRuns::finish(size_t range_rows) {
  close_run();
  free_memory(open_);
  free_memory(scratch_);
  for (uint32_t user = 0; user < counts_.size(); ++user) {
    if (ranges_.empty() || ranges_.back().events + counts_[user] > range_rows) {
      ranges_.push_back({user, user, 0});
    }
    ranges_.back().last = user + 1;
    ranges_.back().events += counts_[user];
  }
  for (Run& run : runs_) cut(run);
}

void EventRuns::cut(Run& run) const {
  run.cuts.assign(1, 0);
  for (const UserRange& range : ranges_) {
    run.cuts.push_back(first_row_of(run, run.cuts.back(), range.last));
  }
}

// Binary search over rows [from, size) of a run, in memory or in the file.
uint64_t EventRuns::first_row_of(const Run& run, uint64_t from, uint32_t user) const {
  uint64_t low = from, high = run.size;
  while (low < high) {
    const uint64_t middle = low + (high - low) / 2;
    EventRow row;
    if (run.rows.empty()) {
      read_file(run.offset + middle, 1, &row);
    } else {
      row = run.rows[middle];
    }
    if (row.user < user) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

void EventRuns::read(size_t range, std::vector<EventRow>& rows) const {
  rows.resize(ranges_[range].events);
  EventRow* out = rows.data();
  for (const Run& run : runs_) {
    const uint64_t begin = run.cuts[range], count = run.cuts[range + 1] - begin;
    if (run.rows.empty()) {
      read_file(run.offset + begin, count, out);
    } else {
      std::copy_n(run.rows.begin() + static_cast<ptrdiff_t>(begin), count, out);
    }
    out += count;
  }
}

}  // namespace kaskad
