// The words of a query, for everything that counts, learns or looks up by them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace kaskad {

inline constexpr size_t kMostQueryTokens = 16;

// Runs of letters and digits, ASCII in lower case, bytes of other alphabets as they are; in order
// of first appearance, each once, the first kMostQueryTokens. "Star-Wars IV star" -> star, wars, iv
std::vector<std::string> query_tokens(std::string_view query);

}  // namespace kaskad
