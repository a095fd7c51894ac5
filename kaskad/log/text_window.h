// A window of whole lines that slides over a text, used by every line-based format. The bytes
// may be changed in place (unescaping); they stay where they are until the next refill().
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "kaskad/log/bytes.h"

namespace kaskad {

class TextWindow {
 public:
  // A longer row is taken for a damaged file or an unclosed quotation mark.
  static constexpr size_t kMaxRow = 64 << 20;

  // Reads the first block. `name` is used in messages.
  TextWindow(std::unique_ptr<ByteSource> bytes, const std::string& name);

  // Whole lines, each with its '\n' (the last one is given one when it lacks it).
  char* begin() { return text_.get() + begin_; }
  char* end() { return text_.get() + lines_end_; }
  std::string_view lines() { return {begin(), static_cast<size_t>(end() - begin())}; }

  // Drops the lines before `used` and reads at least one line more, if there is one; false when
  // nothing is left. `line` is the number of the first line kept, for messages.
  bool refill(const char* used, size_t line);

  // No line will come behind the ones in the window.
  bool at_end() const { return ended_ && lines_end_ == size_; }

  const ByteSource& bytes() const { return *bytes_; }
  const std::string& name() const { return name_; }

 private:
  void read_block();
  void reserve(size_t capacity);
  void skip_byte_order_mark();

  std::unique_ptr<ByteSource> bytes_;
  std::string name_;
  std::unique_ptr<char[]> text_;  // [begin_, lines_end_) lines, [lines_end_, size_) a piece of one
  size_t begin_ = 0, lines_end_ = 0, size_ = 0, capacity_ = 0;
  bool ended_ = false;
};

}  // namespace kaskad
