#include "kaskad/experiment/grouped.h"

namespace kaskad::ab {
namespace {

Moments moments_of(std::span<const GroupSums> groups) {
  Moments moments;
  for (const GroupSums& group : groups) {
    moments.add({.above = group.above, .below = group.below});
  }
  return moments;
}

}  // namespace

Effect effect_of_groups(std::span<const GroupSums> arm, std::span<const GroupSums> control,
                        const EffectOptions& options) {
  const Moments ours = moments_of(arm), theirs = moments_of(control);
  EffectOptions grouped = options;
  if (grouped.sequential) grouped.sequential->seen = ours.sum(kBelow) + theirs.sum(kBelow);
  return effect_of(ours, theirs, grouped);
}

}  // namespace kaskad::ab
