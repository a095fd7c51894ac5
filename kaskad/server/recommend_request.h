// The bodies of POST /v1/recommend, /v1/search and /v1/explain, parsed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kaskad/server/given_features.h"
#include "kaskad/server/given_history.h"
#include "kaskad/server/request_limits.h"

namespace kaskad {

// Which of them; they differ in the fields that they know.
enum class RecommendKind { kRecommend, kSearch, kExplain };

struct RecommendRequest {
  std::optional<std::string> user_id;   // or a history, never both
  std::optional<GivenHistory> history;  // or a user_id
  size_t k = 10;
  bool exclude_seen = true;
  std::vector<std::string> exclude;
  std::optional<std::vector<std::string>> allow;  // an empty list allows nothing
  std::optional<int64_t> now;                     // as written; see to_dataset_time()
  // In place of what is stored of the user.
  std::optional<std::vector<GivenFeature>> user_features;
  bool explain = false;  // the events that brought each item; not of kSearch
  bool sources = false;  // of a cascade: which retrievers found each item
  std::string query;     // kSearch, which needs it, and kExplain: what was searched for
  std::optional<std::string> item_id;  // kExplain: what became of this one
  std::string request_id;              // the client's name of the answer; empty: it has none
};

// check() of request_checks.h says what it may hold.
Parsed<RecommendRequest> parse_recommend_request(std::string_view body, RecommendKind kind);

// A whole number of 1 to kMaxK.
Parsed<size_t> parse_count(std::string_view name, std::string_view text);

}  // namespace kaskad
