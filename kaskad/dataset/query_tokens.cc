#include "kaskad/dataset/query_tokens.h"

#include <algorithm>

namespace kaskad {
namespace {

// The byte as a token has it; 0 between tokens.
char token_byte(char c) {
  if (c >= 'A' && c <= 'Z') return static_cast<char>(c - 'A' + 'a');
  const bool inside = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c & 0x80);
  return inside ? c : '\0';
}

}  // namespace

std::vector<std::string> query_tokens(std::string_view query) {
  std::vector<std::string> tokens;
  std::string token;
  for (size_t i = 0; i <= query.size() && tokens.size() < kMostQueryTokens; ++i) {
    const char c = i < query.size() ? token_byte(query[i]) : '\0';
    if (c != '\0') {
      token += c;
    } else if (!token.empty()) {
      if (std::find(tokens.begin(), tokens.end(), token) == tokens.end()) tokens.push_back(token);
      token.clear();
    }
  }
  return tokens;
}

}  // namespace kaskad
