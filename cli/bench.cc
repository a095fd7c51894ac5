// kaskad bench rank: how long a ranker takes on this machine, by length of history and number of
// candidates.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/console.h"
#include "cli/eval_table.h"
#include "kaskad/core/parallel.h"
#include "kaskad/model/ranker_bundle.h"
#include "kaskad/ranking/random_requests.h"

namespace kaskad::cli {
namespace {

using Clock = std::chrono::steady_clock;

struct BenchArguments {
  std::vector<std::string> bundles;
  std::vector<size_t> histories = {100}, candidates = {100, 1000, 3000};
  double seconds = 2;  // of each measurement
  int threads = 1;
  bool json = false;
};

struct Timing {
  double p50 = 0, p99 = 0, requests_a_second = 0;  // ms, ms
  size_t requests = 0;
};

// `threads` ask at once, each one request after the other, until the time is over. Request number
// i of a thread is `next(i)`.
template <typename Next>
Timing measure(const Ranker& ranker, int threads, double seconds, const Next& next) {
  std::vector<std::vector<double>> taken(static_cast<size_t>(threads));
  const auto start = Clock::now();
  const auto elapsed = [&] { return std::chrono::duration<double>(Clock::now() - start).count(); };
  parallel_for(taken.size(), threads, [&](size_t worker, int) {
    constexpr size_t kFewest = 5;
    std::vector<float> scores;
    for (size_t i = worker; elapsed() < seconds || taken[worker].size() < kFewest;
         i += taken.size()) {
      const RankRequest request = next(i);
      scores.resize(request.candidates.size());
      const auto begin = Clock::now();
      ranker.score({&request, 1}, scores);
      taken[worker].push_back(
          std::chrono::duration<double, std::milli>(Clock::now() - begin).count());
    }
  });
  const double whole = elapsed();
  std::vector<double> all;
  for (const auto& one : taken) all.insert(all.end(), one.begin(), one.end());
  std::sort(all.begin(), all.end());
  return {all[all.size() / 2], all[std::min(all.size() - 1, all.size() * 99 / 100)],
          static_cast<double>(all.size()) / whole, all.size()};
}

nlohmann::json to_json(const Timing& timing) {
  return {{"p50_ms", timing.p50},
          {"p99_ms", timing.p99},
          {"requests_a_second", timing.requests_a_second},
          {"requests", timing.requests}};
}

std::string three_decimals(double value) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.3f", value);
  return text;
}

void run_bench(const BenchArguments& arguments) {
  nlohmann::json results = nlohmann::json::array();
  std::vector<std::vector<std::string>> table = {{"ranker", "history", "candidates",
                                                  "new history p50 ms", "p99",
                                                  "same history p50 ms", "p99", "requests/s"}};
  for (const std::string& path : arguments.bundles) {
    const RankerBundle bundle = load_ranker_bundle(path);
    for (const size_t history : arguments.histories) {
      for (const size_t candidates : arguments.candidates) {
        const RandomRequests requests(bundle, history, candidates);
        const auto time = [&](const auto& next) {
          return measure(*bundle.ranker, arguments.threads, arguments.seconds, next);
        };
        // One request a thread, over and over; then requests that differ each time.
        const auto threads = static_cast<size_t>(arguments.threads);
        const Timing same = time([&](size_t i) { return requests(i % threads); });
        const Timing other = time([&](size_t i) { return requests(i); });
        results.push_back({{"bundle", path},
                           {"kind", bundle.kind},
                           {"history", history},
                           {"candidates", candidates},
                           {"new_history", to_json(other)},
                           {"same_history", to_json(same)}});
        table.push_back({path, std::to_string(history), std::to_string(candidates),
                         three_decimals(other.p50), three_decimals(other.p99),
                         three_decimals(same.p50), three_decimals(same.p99),
                         three_decimals(same.requests_a_second)});
      }
    }
  }
  if (arguments.json) return print_json({{"threads", arguments.threads}, {"results", results}});
  std::cout << aligned(table) << std::flush;
}

void add_rank(CLI::App* bench, const std::shared_ptr<BenchArguments>& arguments) {
  BenchArguments& a = *arguments;
  CLI::App* rank = bench->add_subcommand(
      "rank", "Time of a request by length of history and number of candidates");
  rank->footer(
      "Example:\n"
      "  kaskad bench rank --bundle runs/amortized --bundle runs/bst \\\n"
      "    --history 50,100 --candidates 100,3000");
  rank->add_option("--bundle", a.bundles, "Ranker bundle; may be repeated")->required();
  rank->add_option("--history", a.histories, "Events of the user")->delimiter(',');
  rank->add_option("--candidates", a.candidates, "Candidates of a request")
      ->delimiter(',')
      ->check(CLI::Range(1, 1'000'000));
  rank->add_option("--seconds", a.seconds, "Of each measurement")
      ->check(CLI::Range(0.01, 3600.0))
      ->capture_default_str();
  rank->add_option("--threads", a.threads, "That ask at once, each its own requests")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  rank->add_flag("--json", a.json, "One JSON object on standard output");
  rank->callback([arguments] { run_bench(*arguments); });
}

}  // namespace

void add_bench(CLI::App& app) {
  CLI::App* bench = app.add_subcommand("bench", "Measure a bundle on this machine");
  bench->require_subcommand(1);
  add_rank(bench, std::make_shared<BenchArguments>());
}

}  // namespace kaskad::cli
