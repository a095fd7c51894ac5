// How far the change that a component makes would move with other seeds and other requests. Called
// by ablation.h.
#pragma once

#include <span>
#include <vector>

#include "kaskad/eval/bootstrap.h"

namespace kaskad {

// One metric of one component: row s holds, request by request, its value without the component
// minus that of the baseline of the same seed. All rows of all components are of the same requests.
using SeedDifferences = std::vector<std::vector<double>>;  // (seeds, requests)

// How much the mean over requests moves from seed to seed, learned from all components together.
struct SeedSpread {
  double deviation = 0;  // of one seed
  double freedom = 0;    // degrees; 0: no component has two seeds, and the deviation is not known
};

// The difference of request r of R, component c and seed s is taken as
//   d(c, s, r) = change(c) + seed(c, s) + request(c, r) + rest(c, s, r)
// seed() of one deviation for all components. With d(c, s) the mean over requests,
//   deviation^2 = sum_c sum_s (d(c, s) - mean_s d(c, s))^2 / sum_c (seeds(c) - 1) - rest^2 / R
// where rest^2, the variance of rest(), is pooled alike from what is left of d(c, s, r) without the
// means of its row and its request: the resampled requests bring that noise already. At least 0.
// Two or three seeds of one component say nearly nothing of its spread; ten components of three
// do. All share the baseline's seeds, so half of their noise is the same half and they count for
// less than so many independent ones: with C components of n seeds, correlated by 1/2,
//   freedom = (n - 1) / (1/4 + 3/4 / C)       n - 1 for one component, at most 4 (n - 1)
SeedSpread spread_over_seeds(std::span<const SeedDifferences> components);

// The mean change with an interval over seeds and requests, a bootstrap of two levels. Resample r
// is
//   mean over requests, weighed anew (Poisson), of the mean over seeds
//   + deviation / sqrt(seeds) * t_r,          t_r drawn from Student's t with `freedom` degrees
// To draw the seeds themselves with replacement would be too sure of itself: of n = 3 seeds it
// knows (n - 1) / n of the variance, and nothing beyond the outermost of the three. Without a known
// spread (freedom 0) it is the interval over requests alone. No seed: zeros.
Interval change_interval(const SeedDifferences& differences, const SeedSpread& spread,
                         const BootstrapOptions& options = {});

}  // namespace kaskad
