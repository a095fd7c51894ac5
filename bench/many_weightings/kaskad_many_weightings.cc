// Sixteen weightings counted in one walk over the pairs, against each of them counted alone.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <numeric>
#include <vector>

#include "bench/protocol/run_report.h"
#include "kaskad/cooc/fit.h"
#include "kaskad/cooc/pair_counts.h"
#include "kaskad/core/memory.h"

namespace kaskad::bench {
namespace {

// Windows x direction x gap, as a grid has them.
std::vector<PairWeighting> sixteen() {
  std::vector<PairWeighting> result;
  for (const uint32_t window : {20u, 50u}) {
    for (const double reverse : {0.0, 0.25, 0.5, 1.0}) {
      for (const GapDecay gap : {GapDecay::kNone, GapDecay::kInverse}) {
        result.push_back({.reverse = reverse, .window = window, .gap = gap});
      }
    }
  }
  return result;
}

double time_counting(const Sequences& sequences, std::span<const PairWeighting> weightings,
                     int threads, uint32_t max_columns) {
  const Stopwatch watch;
  const PairCounts counts =
      count_pairs(sequences, weightings, {.threads = threads, .max_columns = max_columns});
  return watch.seconds();
}

int run(int argc, char** argv) {
  std::string directory;
  int threads = 1, rounds = 3;
  uint32_t max_columns = 0;
  CLI::App app("Times sixteen weightings in one pass beside each alone.");
  app.add_option("--dataset", directory)->required();
  app.add_option("--threads", threads);
  app.add_option("--rounds", rounds);
  app.add_option("--max-columns", max_columns, "columns kept of a row, 0: all");
  CLI11_PARSE(app, argc, argv);

  keep_freed_memory();  // as `kaskad grid` does
  const Dataset dataset = Dataset::open(directory);
  const Phase phase = whole_log(dataset);
  const Sequences sequences = Sequences::build(dataset, phase.fit_end, phase.horizon);
  const std::vector<PairWeighting> weightings = sixteen();
  std::vector<double> alone(weightings.size(), 1e9);  // fewest seconds of each
  double together = 1e9;
  for (int round = 0; round < rounds; ++round) {
    for (size_t w = 0; w < weightings.size(); ++w) {
      alone[w] =
          std::min(alone[w], time_counting(sequences, {&weightings[w], 1}, threads, max_columns));
    }
    together = std::min(together, time_counting(sequences, weightings, threads, max_columns));
  }
  const double sum = std::accumulate(alone.begin(), alone.end(), 0.0);
  const auto [fastest, slowest] = std::minmax_element(alone.begin(), alone.end());
  print_run(together, ", \"weightings\": " + std::to_string(weightings.size()) +
                          ", \"alone_sum\": " + std::to_string(sum) +
                          ", \"alone_mean\": " + std::to_string(sum / 16) +
                          ", \"alone_min\": " + std::to_string(*fastest) +
                          ", \"alone_max\": " + std::to_string(*slowest));
  return 0;
}

}  // namespace
}  // namespace kaskad::bench

int main(int argc, char** argv) {
  return kaskad::bench::guarded_main("kaskad_many_weightings",
                                     [&] { return kaskad::bench::run(argc, argv); });
}
