#include "kaskad/server/infer_split.h"

#include <cstdint>

namespace kaskad {
namespace {

// Where the string that begins at `at` (a quote) ends, behind its closing quote.
size_t end_of_string(std::string_view text, size_t at) {
  for (++at; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text[at] == '"') {
      return at + 1;
    }
  }
  return text.size();
}

// Where the array that begins at `at` ends, behind its closing bracket.
size_t end_of_array(std::string_view text, size_t at) {
  size_t depth = 0;
  while (at < text.size()) {
    const char c = text[at];
    if (c == '"') {
      at = end_of_string(text, at);
      continue;
    }
    ++at;
    if (c == '[') ++depth;
    if (c == ']' && --depth == 0) break;
  }
  return at;
}

size_t skip_space(std::string_view text, size_t at) {
  while (at < text.size() && static_cast<uint8_t>(text[at]) <= ' ') ++at;
  return at;
}

}  // namespace

SplitBody split_body(std::string_view text) {
  constexpr size_t kTensorDepth = 3;  // {"inputs": [{"data":
  SplitBody split;
  size_t depth = 0, kept = 0;
  for (size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (c != '"') {
      depth += c == '{' || c == '[' ? 1 : 0;
      depth -= (c == '}' || c == ']') && depth > 0 ? 1 : 0;
      ++at;
      continue;
    }
    const size_t end = end_of_string(text, at);
    const bool is_data = depth == kTensorDepth && text.substr(at, end - at) == "\"data\"";
    at = end;
    if (!is_data) continue;
    size_t value = skip_space(text, at);
    if (value == text.size() || text[value] != ':') continue;
    value = skip_space(text, value + 1);
    if (value == text.size() || text[value] != '[') continue;
    split.rest += text.substr(kept, value - kept);
    split.rest += std::to_string(split.arrays.size());
    kept = at = end_of_array(text, value);
    split.arrays.push_back(text.substr(value, at - value));
  }
  split.rest += text.substr(kept);
  return split;
}

}  // namespace kaskad
