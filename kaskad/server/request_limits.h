// What one request may ask for, and what it is told when it asks for more or otherwise.
#pragma once

#include <cstddef>
#include <string>

namespace kaskad {

inline constexpr size_t kMaxK = 1000;  // items of one answer
inline constexpr size_t kMaxHistory = 10'000;
inline constexpr size_t kMaxCandidates = 10'000;  // of one list to be put in order

// Bad input is an expected outcome: it comes back as a sentence, not as an exception.
struct BadRequest {
  std::string why;
};

}  // namespace kaskad
