#include "kaskad/experiment/moments.h"

namespace kaskad::ab {

void Moments::add(const UserPart& user) {
  const std::array<double, kParts> values = {user.above, user.below, user.before_above,
                                             user.before_below};
  ++users_;
  std::array<double, kParts> from_old = {};
  for (size_t i = 0; i < kParts; ++i) {
    from_old[i] = values[i] - means_[i];
    means_[i] += from_old[i] / users_;
  }
  for (size_t i = 0; i < kParts; ++i) {
    for (size_t j = 0; j < kParts; ++j) products_[i][j] += from_old[i] * (values[j] - means_[j]);
  }
}

double Moments::covariance(const PartWeights& one, const PartWeights& other) const {
  if (users_ < 2) return 0;
  double sum = 0;
  for (size_t i = 0; i < kParts; ++i) {
    for (size_t j = 0; j < kParts; ++j) sum += one[i] * products_[i][j] * other[j];
  }
  return sum / (users_ - 1);
}

}  // namespace kaskad::ab
