// Rows of CSV into a file, gzipped where its name ends in .gz. Used by log_files.cc.
#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace kaskad::sim {

// Throws Error naming the path when the disk is full or the file cannot be made.
class TextFile {
 public:
  virtual ~TextFile() = default;

  static std::unique_ptr<TextFile> create(const std::string& path);

  // Cells are written as they are: no name of this marketplace needs quotes, lists excepted.
  TextFile& cell(std::string_view text);
  TextFile& cell(double number);  // the shortest text that reads back as this float
  template <std::integral Number>
  TextFile& cell(Number number) {
    return whole(static_cast<int64_t>(number));
  }
  void end_row();
  // Must be called; what was not closed is no whole file.
  void close();

 protected:
  virtual void put(std::string_view text) = 0;
  virtual void finish() = 0;

 private:
  TextFile& whole(int64_t number);
  void flush();

  std::string text_;
  bool first_ = true;  // cell of the row
};

}  // namespace kaskad::sim
