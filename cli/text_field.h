// A field of delimited text, for every file of that kind that the command line writes.
#pragma once

#include <string>
#include <string_view>

namespace kaskad::cli {

// RFC 4180: quoted only where it must be.
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
