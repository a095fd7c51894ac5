// Which trainings an ablation needs, the most important first, and how many of them fit beside each
// other and into a budget. Knows no process: `kaskad ablate` starts them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace kaskad {

inline constexpr const char* kBaseline = "baseline";  // the recipe as it is

struct AblationRun {
  std::string component;  // its name, or kBaseline
  uint64_t seed = 0;
};

// The baseline with every seed: all differences are taken to it. Then each component with the first
// seed, each with the second, and so on, so that whatever a budget cuts off, what is there covers
// as many components as can be.
std::vector<AblationRun> plan_runs(const std::vector<std::string>& components,
                                   const std::vector<uint64_t>& seeds);

// Processes beside each other and threads of each.
struct Sharing {
  int jobs = 1, threads = 1;
};

// How `runs` divide the `threads` of a machine. Up to four threads train a model each: a small
// model gains little by a second one. A larger machine gives each process four. `jobs` > 0: the
// user's own number.
Sharing share_threads(int threads, size_t runs, int jobs = 0);

// As many of `jobs` as memory holds, where one needs `peak_bytes` (0: not known yet): at least one.
// A fifth of what is free stays free.
int jobs_in_memory(int jobs, uint64_t free_bytes, uint64_t peak_bytes);

// Whether a run that begins now is expected to end within the budget. `budget` 0: there is none.
// `expected` is the mean of those that ended, 0 before any did: then it may begin. Seconds.
bool fits_budget(double budget, double elapsed, double expected);

}  // namespace kaskad
