// The ranker behind the server tests: it gives back what it is asked, over the items and users of
// the battery's log.
#pragma once

#include <string>
#include <vector>

#include "kaskad/model/ranker_bundle.h"

namespace kaskad {

// Heads "score" (the retriever's, 0 without) of weight 1 and "price" (of the context, 0 where it is
// not known) of weight 2. Looks at the columns "stars" and "price" and at the actions "buy",
// "look". Items are those of the battery's log, or `items` in their order where there are any.
RankerBundle test_ranker(const std::vector<std::string>& items = {});

// A copy of the request that any test ranker was asked last.
struct Asked {
  UserId user = kNoUser;
  std::vector<ItemId> history, candidates;
  std::vector<int64_t> times;
  int64_t now = 0;
  std::vector<float> scores, context;
  std::vector<uint32_t> ranks;
  std::vector<uint8_t> actions;
  std::string query;
  size_t live_events_of_7 = 0;  // of item-7, before the request
};
Asked last_asked();

// The next call of any test ranker throws std::runtime_error.
void throw_on_next_ranking();

}  // namespace kaskad
