// What one request may ask for, and what it is told when it asks for more or otherwise.
#pragma once

#include <cstddef>
#include <string>
#include <variant>

namespace kaskad {

inline constexpr size_t kMaxK = 1000;  // items of one answer
inline constexpr size_t kMaxHistory = 10'000;
inline constexpr size_t kMaxCandidates = 10'000;  // of one list to be put in order
// k with explain: reasons cost as many shares as events.
inline constexpr size_t kMaxExplained = 100;
inline constexpr size_t kMaxQueryBytes = 1000;
inline constexpr size_t kMaxRequestIdBytes = 200;
inline constexpr size_t kMaxEventTextBytes = 1000;  // of an id or a name in an event

// Bad input is an expected outcome: it comes back as a sentence, not as an exception.
struct BadRequest {
  std::string why;
};

// A request as a transport read it.
template <typename Request>
using Parsed = std::variant<Request, BadRequest>;

// "a whole number of 1 to 10"
inline std::string whole_up_to(size_t most) {
  return "a whole number of 1 to " + std::to_string(most);
}

}  // namespace kaskad
