// Users of simulated experiments with known truth, for the tests of error rates. Few come often and
// find much, most come rarely and find little, so the pages of one user are far more alike than
// pages at large.
#pragma once

#include <cmath>
#include <cstdint>
#include <random>

#include "kaskad/experiment/moments.h"

namespace kaskad::ab {

using Random = std::mt19937_64;

inline double uniform(Random& random) { return static_cast<double>(random() >> 11) * 0x1p-53; }

struct SimulatedUser {
  double find;   // probability that a page is useful
  double often;  // pages a day; and one page at least on the first
};

inline SimulatedUser draw_user(Random& random) {
  if (uniform(random) < 0.25) return {0.4 + 0.5 * uniform(random), 12 + 8 * uniform(random)};
  return {0.2 * uniform(random), 1 + uniform(random)};
}

// Pages of a day and the useful ones of them, added up.
inline void browse(const SimulatedUser& user, double lift, double least, Random& random,
                   double& useful, double& pages) {
  const double today = least + std::floor(user.often * uniform(random) + uniform(random));
  pages += today;
  for (double page = 0; page < today; ++page) useful += uniform(random) < user.find + lift;
}

// A user of one day, with a day before the experiment.
inline UserPart simulate_user(double lift, Random& random) {
  const SimulatedUser user = draw_user(random);
  UserPart part{0, 0, 0, 0};
  browse(user, 0, 0, random, part.before_above, part.before_below);
  browse(user, lift, 1, random, part.above, part.below);
  return part;
}

}  // namespace kaskad::ab
