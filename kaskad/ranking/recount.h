// A ranker with newer counters: what it learned of them stays, what it knows of queries and items
// goes on. For every kind that keeps a counter store in its bundle.
#pragma once

#include <string>

#include "kaskad/model/ranker_bundle.h"

namespace kaskad {

struct Recounted {
  // Lists before these moments are counted, in the ranker that was and in the one that is.
  int64_t before = 0, now = 0;
};

// Writes the ranker `bundle` with the counters of the directory `store` to `directory`, which may
// be that of the bundle; all or nothing. Throws Error where the ranker has no counters, or where
// the store counts other pairs, actions, items or users than those that it learned.
Recounted recount(const RankerBundle& bundle, const std::string& store,
                  const std::string& directory);

}  // namespace kaskad
