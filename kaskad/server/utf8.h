// Text of clients and of logs may be any bytes; what answers carry is UTF-8.
#pragma once

#include <string>
#include <string_view>

namespace kaskad {

// Length of the valid UTF-8 sequence at the front of `text`, which is not empty; 0 when there is
// none (RFC 3629: no overlong forms, no surrogates, at most U+10FFFF).
size_t utf8_length(std::string_view text);

// Bytes that are no UTF-8 become U+FFFD.
std::string to_utf8(std::string_view text);

}  // namespace kaskad
