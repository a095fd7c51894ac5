// Effects where users are only known in groups: a server that must not keep a row for every user
// sums them in some hundred groups, drawn by a hash. Users of a group are whole in it, so groups
// are independent of each other as users are, and the delta method over groups is as right as over
// users, with the freedom of the groups ("random groups", Wolter, Introduction to Variance
// Estimation, 2007). Called by the server for each arm.
#pragma once

#include <span>

#include "kaskad/experiment/effect.h"

namespace kaskad::ab {

// A metric's part of one group: the metric is sum(above) / sum(below).
struct GroupSums {
  double above = 0, below = 0;
};

// What both arms are compared by: (groups), the same number each. With `sequential` the moments'
// unit is what `below` counts, so planned_users are planned pages. NaN throughout where an arm has
// nothing to divide by.
Effect effect_of_groups(std::span<const GroupSums> arm, std::span<const GroupSums> control,
                        const EffectOptions& options);

}  // namespace kaskad::ab
