#include "kaskad/model/contributions.h"

#include <algorithm>

namespace kaskad {

std::vector<Contribution> strongest_first(std::span<const float> shares) {
  std::vector<Contribution> result;
  for (uint32_t p = 0; p < shares.size(); ++p) {
    if (shares[p] != 0) result.push_back({p, shares[p]});
  }
  std::stable_sort(result.begin(), result.end(),
                   [](const Contribution& a, const Contribution& b) { return a.share > b.share; });
  return result;
}

}  // namespace kaskad
