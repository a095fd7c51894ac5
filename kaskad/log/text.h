// Small things about cells of text that every format needs: showing them in messages, reading
// numbers, and telling text from junk.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace kaskad {

// 'abc' with quotation marks, control bytes escaped, long text shortened: for messages.
std::string shown(std::string_view text);

std::string_view trimmed(std::string_view text);  // without spaces and tabs at both ends

// A number that fills the whole cell (spaces around it allowed); "nan" and "inf" are numbers here.
std::optional<double> to_number(std::string_view text);

// True when `text` is UTF-8 without NUL bytes. Fast enough to ask of every block.
bool is_text(std::string_view text);

// What is_text() missed, for messages: "a NUL byte in 'a\0b'" or "bytes that are not UTF-8 ...".
std::string text_trouble(std::string_view text);

// Keeps copies of texts; the views live until clear() or the end of the arena.
class TextArena {
 public:
  std::string_view keep(std::string_view text);
  void clear();

 private:
  static constexpr size_t kBlock = 1 << 16;
  std::deque<std::string> blocks_;  // strings never move and never grow past their capacity
  size_t current_ = 0;
};

}  // namespace kaskad
