// Searches of one kind of index, alone and in batches, on one thread; one JSON line for each list
// length, width and mode, and for the exact scan one with the limits of the machine.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <fstream>

#include "bench/protocol/run_report.h"
#include "bench/vector_search/machine_limit.h"
#include "kaskad/core/npy.h"
#include "kaskad/retrieval/exact_index.h"
#include "kaskad/retrieval/hnsw_index.h"
#include "kaskad/retrieval/int8_index.h"

namespace kaskad::bench {
namespace {

struct Options {
  std::string items, queries, kind, save;
  std::vector<size_t> ks = {10, 100}, widths = {0};
  int links = 16, build = 100, threads = 1, rounds = 3;
};

// Resident memory of this process in MB.
double resident_mb() {
  size_t total = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> total >> resident;
  return static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE)) / (1 << 20);
}

struct Built {
  std::unique_ptr<BuiltIndex> index;
  double seconds, mb;
};

Built build(const Options& options, std::span<const float> items, size_t dimension) {
  const double start = cpu_seconds(), before = resident_mb();
  const IndexOptions index{
      .hnsw_links = options.links, .hnsw_build = options.build, .threads = options.threads};
  auto built = make_index(parse_index_kind(options.kind), {items, dimension}, index);
  return {std::move(built), cpu_seconds() - start, resident_mb() - before};
}

// The most that the machine ever reached.
struct Limits {
  explicit Limits(std::span<const float> items) : data(items.size()) {
    std::copy(items.begin(), items.end(), data.data());
  }

  // Read repeatedly, as the scan reads its items, so that both find in the caches what fits there.
  void measure() {
    for (int i = 0; i < 4; ++i) {
      bandwidth = std::max(bandwidth, read_bandwidth({data.data(), data.size()}));
    }
    rate = std::max(rate, multiply_add_rate());
  }

  AlignedArray<float> data;
  double bandwidth = 0, rate = 0;
};

struct Bench {
  const Options& options;
  std::span<const float> items, queries;
  size_t dimension;
  Built built;
  Limits limits;

  bool limited() const { return options.kind == "exact"; }
  size_t num_queries() const { return queries.size() / dimension; }

  // CPU seconds of each query asked alone, fewest of the rounds. The limits are tried in between,
  // so that both meet the same hours of a busy machine.
  std::vector<double> alone(size_t k, std::vector<ScoredItem>& out) {
    std::vector<double> seconds(num_queries(), 1e9);
    for (int round = 0; round < options.rounds; ++round) {
      for (size_t q = 0; q < num_queries(); ++q) {
        if (limited() && q % 16 == static_cast<size_t>(round) % 16) limits.measure();
        const double start = cpu_seconds();
        built.index->search(queries.subspan(q * dimension, dimension), {}, k,
                            std::span(out).subspan(q * k, k));
        seconds[q] = std::min(seconds[q], cpu_seconds() - start);
      }
    }
    std::sort(seconds.begin(), seconds.end());
    return seconds;
  }

  double together(size_t k, std::vector<ScoredItem>& out) const {
    double fewest = 1e9;
    for (int round = 0; round < options.rounds; ++round) {
      const double start = cpu_seconds();
      built.index->search(queries, {}, k, out);
      fewest = std::min(fewest, cpu_seconds() - start);
    }
    return fewest / static_cast<double>(num_queries());
  }

  void run(size_t k, size_t width) {
    std::vector<ScoredItem> out(num_queries() * k);
    const auto seconds = alone(k, out);
    double sum = 0;
    for (const double s : seconds) sum += s;
    const double batch = together(k, out);
    std::printf(
        "{\"k\": %zu, \"width\": %zu, \"mean\": %.9f, \"p50\": %.9f, \"p99\": %.9f, "
        "\"batch\": %.9f, \"build_seconds\": %.3f, \"index_mb\": %.1f}\n",
        k, width, sum / static_cast<double>(seconds.size()), seconds[seconds.size() / 2],
        seconds[seconds.size() * 99 / 100], batch, built.seconds, built.mb);
    if (options.save.empty()) return;
    std::vector<ItemId> found(out.size());
    std::transform(out.begin(), out.end(), found.begin(), [](ScoredItem s) { return s.item; });
    write_npy(options.save + "." + std::to_string(k) + "." + std::to_string(width) + ".npy", found,
              {num_queries(), k});
  }
};

int run(int argc, char** argv) {
  Options options;
  CLI::App app("Times searches of one kind of index.");
  app.add_option("--items", options.items)->required();
  app.add_option("--queries", options.queries)->required();
  app.add_option("--kind", options.kind)->required();
  app.add_option("--ks", options.ks, "list lengths");
  app.add_option("--widths", options.widths, "of a graph search");
  app.add_option("--links", options.links);
  app.add_option("--build-width", options.build);
  app.add_option("--threads", options.threads, "of the build");
  app.add_option("--rounds", options.rounds);
  app.add_option("--save", options.save, "prefix of the .npy files that get the item numbers");
  CLI11_PARSE(app, argc, argv);

  const NpyFile<float> items(options.items), queries(options.queries);
  // Copied, as the rivals have them in memory of their own.
  const std::vector<float> rows(items.values().begin(), items.values().end());
  const size_t dimension = items.shape().at(1);
  Bench bench{options,     rows, queries.values(), dimension, build(options, rows, dimension),
              Limits(rows)};
  for (const size_t width : options.widths) {
    if (auto* graph = dynamic_cast<HnswIndex*>(bench.built.index.get())) graph->set_width(width);
    for (const size_t k : options.ks) bench.run(k, width);
  }
  if (bench.limited()) {
    std::printf("{\"read\": %.0f, \"flops\": %.0f}\n", bench.limits.bandwidth, bench.limits.rate);
  }
  return 0;
}

}  // namespace
}  // namespace kaskad::bench

int main(int argc, char** argv) {
  return kaskad::bench::guarded_main("kaskad_vector_search",
                                     [&] { return kaskad::bench::run(argc, argv); });
}
