// Where generated rows go: the format is told by the name of the file (.csv, .csv.gz, .parquet).
// Columns user_id and item_id (text, "u17", "i4"), timestamp (seconds since 1970).
#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace kaskad::bench {

struct Row {
  uint32_t user, item;
  int64_t time;
};

class RowWriter {
 public:
  virtual ~RowWriter() = default;
  virtual void write(const Row& row) = 0;
  // Throws Error when the file could not be written whole; without it the file is not valid.
  virtual void close() = 0;
};

std::unique_ptr<RowWriter> open_row_writer(const std::string& path);

}  // namespace kaskad::bench
