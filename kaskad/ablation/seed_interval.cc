#include "kaskad/ablation/seed_interval.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

#include "kaskad/core/error.h"

namespace kaskad {
namespace {

double mean_of(const std::vector<double>& values) {
  if (values.empty()) return 0;
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

// Request by request, the mean over seeds.
std::vector<double> mean_over_seeds(const SeedDifferences& differences) {
  std::vector<double> means(differences[0].size());
  for (const auto& of_seed : differences) {
    KASKAD_ASSERT(of_seed.size() == means.size());
    for (size_t r = 0; r < means.size(); ++r) means[r] += of_seed[r];
  }
  for (double& mean : means) mean /= static_cast<double>(differences.size());
  return means;
}

// Of one component, what is left without the means of seeds and of requests: the sum of squares
// over (seeds - 1) (requests - 1) degrees.
double rest_squares(const SeedDifferences& differences, const std::vector<double>& of_seeds,
                    double middle) {
  const std::vector<double> of_requests = mean_over_seeds(differences);
  double squares = 0;
  for (size_t s = 0; s < differences.size(); ++s) {
    for (size_t r = 0; r < of_requests.size(); ++r) {
      const double rest = differences[s][r] - of_seeds[s] - of_requests[r] + middle;
      squares += rest * rest;
    }
  }
  return squares;
}

}  // namespace

SeedSpread spread_over_seeds(std::span<const SeedDifferences> components) {
  double squares = 0, rest = 0, degrees = 0, counted = 0, requests = 0;
  for (const SeedDifferences& component : components) {
    if (component.size() < 2) continue;
    std::vector<double> means;
    for (const auto& of_seed : component) means.push_back(mean_of(of_seed));
    const double middle = mean_of(means);
    for (const double mean : means) squares += (mean - middle) * (mean - middle);
    rest += rest_squares(component, means, middle);
    requests = static_cast<double>(component[0].size());
    degrees += static_cast<double>(component.size() - 1);
    ++counted;
  }
  if (degrees == 0) return {};
  const double of_rest = requests > 1 ? rest / degrees / (requests - 1) / requests : 0;
  return {std::sqrt(std::max(0.0, squares / degrees - of_rest)),
          degrees / counted / (0.25 + 0.75 / counted)};
}

Interval change_interval(const SeedDifferences& differences, const SeedSpread& spread,
                         const BootstrapOptions& options) {
  if (differences.empty()) return {};
  std::vector<double> shifts(options.resamples);
  if (spread.freedom > 0) {
    std::mt19937_64 random(options.seed);
    std::student_t_distribution<double> student(spread.freedom);
    const double of_mean = spread.deviation / std::sqrt(static_cast<double>(differences.size()));
    for (double& shift : shifts) shift = of_mean * student(random);
  }
  return shifted_mean_interval(mean_over_seeds(differences), shifts, options);
}

}  // namespace kaskad
