// The blend's step from scores to evidence, for a whole catalogue at once.
#pragma once

#include <cstddef>

namespace kaskad {

// sums[j] += weight * log(1 + max(0, scores[j]) * scale), j in [0, count).
void add_log_share(const float* scores, size_t count, float scale, float weight, float* sums);
void add_log_share_reference(const float* scores, size_t count, float scale, float weight,
                             float* sums);

}  // namespace kaskad
