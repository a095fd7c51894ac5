// The file that `kaskad split` writes, into a staged directory: events as rows user_id, item_id,
// timestamp, phase.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace kaskad::cli {

struct SplitRow {
  std::string_view user, item;
  int64_t time;  // milliseconds, or the order
  std::string_view phase;
};

class EventFile {
 public:
  virtual ~EventFile() = default;
  virtual void add(const SplitRow& row) = 0;
  virtual void finish() = 0;  // must be called
};

// By the ending of the path: .parquet or .csv.
std::unique_ptr<EventFile> create_event_file(const std::string& path);

}  // namespace kaskad::cli
