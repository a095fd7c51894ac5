// Golden requests: questions with the answers that the model gave when its bundle was written. A
// loaded model that answers otherwise is not used. Called by bundle.cc.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "kaskad/dataset/dataset.h"
#include "kaskad/model/retriever.h"

namespace kaskad {

inline constexpr size_t kGoldenRequests = 16;
inline constexpr size_t kGoldenK = 10;
inline constexpr float kGoldenTolerance = 1e-4f;  // of the largest score of the request

struct GoldenRequest {
  std::vector<ItemId> items;  // the history, oldest first
  std::vector<int64_t> times;
  std::optional<UserId> user;  // whose features are asked with; none: no features
  int64_t now = 0;
  bool exclude_seen = true;
  std::string query;                 // the text that is searched for; empty: none
  std::vector<ScoredItem> expected;  // (kGoldenK)
};

// Histories of every length from none to long, of users spread over the dataset: the same choice
// for the same dataset. history_end is (users), or empty for whole histories. Every fourth request
// comes without a user, as from one whom nobody knows.
std::vector<GoldenRequest> choose_golden(const Dataset& dataset,
                                         std::span<const uint32_t> history_end, int64_t now);

// Fills `expected`; `users` are the features that requests of a user are asked with, or empty.
// Throws Error when the model gives a score that is no number.
void answer_golden(const Retriever& model, const FeatureTable& users,
                   std::vector<GoldenRequest>& requests);

// Throws Error naming the first request and rank that differ; `where` begins the message. Items
// whose scores are equal within the tolerance may stand in another order.
void verify_golden(const Retriever& model, const std::vector<GoldenRequest>& requests,
                   const FeatureTable& users, const std::string& where);

nlohmann::json golden_to_json(const std::vector<GoldenRequest>& requests);
std::vector<GoldenRequest> golden_from_json(const nlohmann::json& list);

}  // namespace kaskad
