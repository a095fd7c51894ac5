// What all stages of one request read, in the catalogue's ids. Owned by its calls together, since
// one of them may run on when the request is answered. Private to cascade/.
#pragma once

#include <memory>

#include "kaskad/cascade/catalogue.h"
#include "kaskad/cascade/request.h"
#include "kaskad/model/retriever.h"

namespace kaskad {

struct Question {
  CascadeRequest request;
  OwnedHistory history;  // events up to `now`
  int64_t now = 0;

  // What a retriever is asked, but for the user's features; for ItemFilter, too.
  Query query() const {
    return {.history = history.view(),
            .user_features = {},
            .now = now,
            .exclude_seen = request.exclude_seen,
            .exclude = request.exclude,
            .allow = request.allow ? std::span<const ItemId>(*request.allow)
                                   : std::span<const ItemId>()};
  }
};
using SharedQuestion = std::shared_ptr<const Question>;

// The ids of a stage that knows them; the others go.
std::vector<ItemId> to_own_ids(std::span<const ItemId> items, const IdTranslation& ids);
// `action_codes` (256): the stage's code of each of the catalogue's.
OwnedHistory to_own_history(const OwnedHistory& history, const IdTranslation& ids,
                            std::span<const uint8_t> action_codes);

}  // namespace kaskad
