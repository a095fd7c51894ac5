// Fields of delimited text as RFC 4180 has them.
#pragma once

#include <string>
#include <string_view>

namespace kaskad::cli {

// Quoted only where it must be.
inline void append_field(std::string& out, std::string_view text, char delimiter) {
  const char special[] = {delimiter, '"', '\n', '\r', 0};
  if (text.find_first_of(special) == std::string_view::npos) {
    out += text;
    return;
  }
  out += '"';
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

}  // namespace kaskad::cli
