#include "kaskad/log/text.h"

#include <arrow/util/utf8.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstring>

namespace kaskad {
namespace {

constexpr size_t kShownBytes = 60;

// Eight bytes at a time: most logs are nothing else.
bool is_ascii(std::string_view text) {
  uint64_t seen = 0;
  size_t i = 0;
  for (; i + 8 <= text.size(); i += 8) {
    uint64_t eight;
    std::memcpy(&eight, text.data() + i, 8);
    seen |= eight;
  }
  for (; i < text.size(); ++i) seen |= static_cast<unsigned char>(text[i]);
  return (seen & 0x8080808080808080u) == 0;
}

bool is_utf8(std::string_view text) {
  if (is_ascii(text)) return true;
  static const bool ready = (arrow::util::InitializeUTF8(), true);
  return ready && arrow::util::ValidateUTF8(text);
}

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

void append_escaped(std::string& out, char c, bool utf8) {
  static constexpr char kHex[] = "0123456789abcdef";
  const auto byte = static_cast<unsigned char>(c);
  if (c == '\n') {
    out += "\\n";
  } else if (c == '\t') {
    out += "\\t";
  } else if (c == '\r') {
    out += "\\r";
  } else if (byte < 0x20 || byte == 0x7f || (byte >= 0x80 && !utf8)) {
    out += "\\x";
    out += kHex[byte >> 4];
    out += kHex[byte & 15];
  } else {
    out += c;
  }
}

}  // namespace

std::string shown(std::string_view text) {
  std::string_view part = text.substr(0, kShownBytes);
  if (part.size() < text.size()) {
    // Not in the middle of a character.
    while (!part.empty() && is_continuation(text[part.size()])) part.remove_suffix(1);
  }
  const bool utf8 = is_utf8(part);
  std::string out = "'";
  for (const char c : part) append_escaped(out, c, utf8);
  out += "'";
  if (part.size() < text.size()) out += "... (" + std::to_string(text.size()) + " bytes)";
  return out;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::optional<double> to_number(std::string_view text) {
  text = trimmed(text);
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  double value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool is_text(std::string_view text) {
  if (text.empty()) return true;
  return std::memchr(text.data(), 0, text.size()) == nullptr && is_utf8(text);
}

std::string text_trouble(std::string_view text) {
  const bool nul = text.find('\0') != std::string_view::npos;
  return (nul ? "a NUL byte in " : "bytes that are not UTF-8 in ") + shown(text);
}

std::string_view TextArena::keep(std::string_view text) {
  if (text.empty()) return {};
  while (current_ < blocks_.size() &&
         blocks_[current_].capacity() - blocks_[current_].size() < text.size()) {
    ++current_;
  }
  if (current_ == blocks_.size()) {
    blocks_.emplace_back().reserve(std::max(kBlock, text.size()));
  }
  std::string& block = blocks_[current_];
  const size_t start = block.size();
  block.append(text);
  return std::string_view(block).substr(start);
}

void TextArena::clear() {
  for (std::string& block : blocks_) block.clear();
  current_ = 0;
}

}  // namespace kaskad
