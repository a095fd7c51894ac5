#include "kaskad/train/masking.h"

#include <algorithm>
#include <cmath>

#include "kaskad/core/error.h"

namespace kaskad::train {

void choose_masked(size_t length, double share, Random random, std::vector<size_t>& places) {
  KASKAD_ASSERT(length > 0);
  const auto wanted = static_cast<size_t>(std::lround(share * static_cast<double>(length)));
  size_t left = std::clamp<size_t>(wanted, 1, length);
  places.clear();
  // Selection sampling (Knuth 3.4.2 S): place i is taken with probability left / (length - i).
  for (size_t i = 0; left > 0; ++i) {
    if (random.below(length - i) < left) {
      places.push_back(i);
      --left;
    }
  }
}

}  // namespace kaskad::train
