// Golden requests of a ranker: lists with the scores that it gave when its bundle was written.
// Called by ranker_bundle.cc.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "kaskad/dataset/impressions.h"
#include "kaskad/model/ranker.h"

namespace kaskad {

inline constexpr size_t kGoldenLists = 16;

struct GoldenRanking {
  UserId user = kNoUser;
  int64_t now = 0;
  std::vector<ItemId> history, candidates;  // oldest first; in any order
  std::vector<int64_t> times;
  std::vector<uint8_t> actions;  // empty: the log has none
  std::vector<float> scores, context;
  std::vector<uint32_t> ranks;
  std::string query;
  std::vector<float> expected;  // (candidates, heads)

  RankRequest request() const;  // its spans point here
};

// Lists spread over `lists`, of short and long histories, cut to some candidates; one without a
// history and user, and one with an item and an action that nobody knows. The same choice for the
// same lists.
std::vector<GoldenRanking> choose_golden_rankings(const Dataset& dataset, const Impressions& lists);

// Fills `expected`. Throws Error when the ranker gives a score that is no number.
void answer_golden(const Ranker& ranker, std::vector<GoldenRanking>& golden);

// Throws Error naming the first list and candidate that differ by more than the ranker's
// tolerance(); `where` begins the message.
void verify_golden(const Ranker& ranker, const std::vector<GoldenRanking>& golden,
                   const std::string& where);

nlohmann::json golden_to_json(const std::vector<GoldenRanking>& golden);
std::vector<GoldenRanking> golden_rankings_from_json(const nlohmann::json& list);

}  // namespace kaskad
