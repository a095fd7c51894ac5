// A log that has nothing beside ids, and one that has everything; and what a variant asks of one.
#pragma once

#include "kaskad/grid/space.h"

namespace kaskad {

inline constexpr LogFacts kPlain{.num_items = 1000};
inline constexpr LogFacts kRich{
    .has_clock = true, .has_content = true, .has_weights = true, .num_items = 1000, .days = 100};

inline bool needs_clock(const Variant& v) {
  return v.matrix.weighting.needs_clock() || v.history.age_tau > 0;
}

inline bool needs_content(const Variant& v) {
  return v.matrix.content > 0 || v.matrix.kind == MatrixKind::kContent;
}

inline bool needs_weights(const Variant& v) { return v.matrix.weighting.event_weight; }

}  // namespace kaskad
