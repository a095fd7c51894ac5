// The body of POST /v1/recommend, parsed and checked. Bad input is an expected outcome: it comes
// back as a sentence, not as an exception.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "kaskad/server/given_features.h"

namespace kaskad {

inline constexpr size_t kMaxK = 1000;
inline constexpr size_t kMaxExplained =
    100;  // k with explain: reasons cost as many shares as events
inline constexpr size_t kMaxHistory = 10'000;

struct RecommendRequest {
  std::optional<std::string> user_id;  // or a history, never both
  std::vector<std::string> history;    // item ids, oldest first
  std::vector<int64_t> times;          // (history), or empty when none were given
  size_t k = 10;
  bool exclude_seen = true;
  std::vector<std::string> exclude;
  std::optional<std::vector<std::string>> allow;  // an empty list allows nothing
  std::optional<int64_t> now;                     // as written; see to_dataset_time()
  // In place of what is stored of the user.
  std::optional<std::vector<GivenFeature>> user_features;
  bool explain = false;
};

struct BadRequest {
  std::string why;
};

// Ids may be text or whole numbers; a number stands for its decimal text.
std::variant<RecommendRequest, BadRequest> parse_recommend_request(std::string_view body);

// A whole number of 1 to kMaxK.
std::variant<size_t, BadRequest> parse_count(std::string_view name, std::string_view text);

}  // namespace kaskad
