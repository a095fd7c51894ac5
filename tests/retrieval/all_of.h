// A phase that learns a whole log.
#pragma once

#include "kaskad/dataset/split.h"

namespace kaskad {

inline Phase all_of(const Dataset& dataset, int64_t horizon) {
  Phase phase{.name = "test", .fit_end = {}, .horizon = horizon, .cases = {}};
  for (uint32_t user = 0; user < dataset.num_users(); ++user) {
    phase.fit_end.push_back(static_cast<uint32_t>(dataset.history(UserId{user}).size()));
  }
  return phase;
}

}  // namespace kaskad
