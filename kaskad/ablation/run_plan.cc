#include "kaskad/ablation/run_plan.h"

#include <algorithm>

namespace kaskad {

std::vector<AblationRun> plan_runs(const std::vector<std::string>& components,
                                   const std::vector<uint64_t>& seeds) {
  std::vector<AblationRun> runs;
  for (const uint64_t seed : seeds) runs.push_back({kBaseline, seed});
  for (const uint64_t seed : seeds) {
    for (const std::string& component : components) runs.push_back({component, seed});
  }
  return runs;
}

Sharing share_threads(int threads, size_t runs, int jobs) {
  constexpr int kThreads = 4;
  threads = std::max(1, threads);
  const int most = static_cast<int>(std::clamp<size_t>(runs, 1, 1024));
  if (jobs <= 0) jobs = std::min(threads <= kThreads ? threads : threads / kThreads, most);
  return {jobs, std::max(1, threads / jobs)};
}

int jobs_in_memory(int jobs, uint64_t free_bytes, uint64_t peak_bytes) {
  if (peak_bytes == 0) return jobs;
  const uint64_t fit = free_bytes / 5 * 4 / peak_bytes;
  return static_cast<int>(std::clamp<uint64_t>(fit, 1, static_cast<uint64_t>(std::max(jobs, 1))));
}

bool fits_budget(double budget, double elapsed, double expected) {
  return budget <= 0 || elapsed + expected <= budget;
}

}  // namespace kaskad
