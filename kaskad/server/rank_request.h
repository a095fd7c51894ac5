// The body of POST /v1/rank, parsed: a list of candidates to be put in order.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kaskad/server/given_history.h"
#include "kaskad/server/request_limits.h"

namespace kaskad {

struct GivenList {
  std::optional<std::string> user_id;
  std::optional<GivenHistory> history;  // this or user_id, or both
  std::string query;                    // what was searched for; empty: nothing
  std::vector<std::string> candidates;
  std::vector<float> scores;    // (candidates) of the retriever, or empty
  std::vector<uint32_t> ranks;  // (candidates) of the retriever from 1, 0: not known; or empty
  // What came with the list, as a price: name and (candidates), NaN where it is not known.
  std::vector<std::pair<std::string, std::vector<float>>> context;
  std::optional<int64_t> now;  // as written; see to_dataset_time()
  size_t k = kMaxCandidates;
  bool heads = false;  // the score of each head, too
};

// check() of request_checks.h says what it may hold.
Parsed<GivenList> parse_rank_request(std::string_view body);

}  // namespace kaskad
