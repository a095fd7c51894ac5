// The candidates' graph of an amortized ranker in ONNX Runtime against the kernel, in turns, on one
// thread: one JSON line for each number of candidates.
#include <torch/torch.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <random>

#include "bench/protocol/run_report.h"
#include "bench/vector_search/machine_limit.h"
#include "kaskad/kernels/candidate_kernel.h"
#include "kaskad/onnx/session.h"
#include "kaskad/train/rank/rank_model.h"

namespace kaskad::bench {
namespace {

struct Options {
  int64_t items = 20'000, events = 100, dimension = 64, layers = 2, heads = 2;
  std::vector<size_t> candidates = {100, 500, 1000, 3000};
  bool self = false, no_gaps = false;
  double deviation = 0.1;
  int rounds = 60;
};

// Everything that either form is asked; keys and values are drawn, as times do not depend on them.
struct Question {
  std::vector<int64_t> candidates;
  std::vector<float> numbers;
  std::vector<std::vector<float>> keys, values;  // of each layer (heads, events, size)
};

train::Recipe recipe_of(const Options& options) {
  train::Recipe recipe = train::Recipe::defaults(train::ModelKind::kAmortized);
  recipe.dimension = options.dimension;
  recipe.blocks = options.layers;
  recipe.heads = options.heads;
  recipe.init_std = options.deviation;
  if (options.self) recipe.candidate_mask = train::CandidateMask::kHistorySelf;
  return recipe;
}

class Bench {
 public:
  Bench(const Options& options, const std::string& graph, const CandidateWeights& weights)
      : options_(options),
        graph_(OnnxSession::from_bytes(graph, "candidates.onnx")),
        fp32_(weights, CandidatePrecision::kFp32),
        int8_(weights, CandidatePrecision::kInt8) {}

  void run(size_t m) {
    ask(m);
    CandidateKeys keys{static_cast<size_t>(options_.events + 1), {}, {}};
    for (const auto& layer : question_.keys) keys.keys.emplace_back(layer);
    for (const auto& layer : question_.values) keys.values.emplace_back(layer);
    const CandidateList list{question_.candidates, question_.numbers, gap()};
    const PackedKeys floats = fp32_.pack(keys), codes = int8_.pack(keys);
    std::vector<float> graph(m), fp32(m), int8(m);
    std::vector<double> seconds[3];
    double peak = 0;
    for (int round = 0; round < options_.rounds; ++round) {
      peak = std::max(peak, multiply_add_rate());
      seconds[0].push_back(timed([&] { run_graph(graph); }));
      seconds[1].push_back(timed([&] { fp32_.score(floats, list, fp32); }));
      seconds[2].push_back(timed([&] { int8_.score(codes, list, int8); }));
    }
    const double work = work_of(m);
    std::printf("{\"candidates\": %zu, \"peak_gflops\": %.1f, \"gflop\": %.4f", m, peak / 1e9,
                work / 1e9);
    const char* names[] = {"graph", "fp32", "int8"};
    for (int form = 0; form < 3; ++form) {
      std::sort(seconds[form].begin(), seconds[form].end());
      const double least = seconds[form].front(), middle = seconds[form][seconds[form].size() / 2];
      std::printf(", \"%s\": {\"min_ms\": %.3f, \"p50_ms\": %.3f, \"of_peak\": %.3f", names[form],
                  least * 1e3, middle * 1e3, work / least / peak);
      if (form > 0) {
        std::printf(", \"faster_min\": %.2f, \"faster_p50\": %.2f", seconds[0].front() / least,
                    seconds[0][seconds[0].size() / 2] / middle);
      }
      std::printf("}");
    }
    std::printf(", \"fp32_differs\": %.2g, \"int8_differs\": %.2g, \"deviation\": %.3g}\n",
                difference(graph, fp32), difference(graph, int8), spread(graph));
    std::fflush(stdout);
  }

 private:
  size_t gap() const { return options_.no_gaps ? 0 : 7; }

  template <class Body>
  static double timed(const Body& body) {
    const double start = cpu_seconds();
    body();
    return cpu_seconds() - start;
  }

  // Multiply-adds that a candidate needs, each two: not those that a form does beside.
  double work_of(size_t m) const {
    const auto d = static_cast<double>(options_.dimension);
    const auto keys = static_cast<double>(options_.events + 1);
    const double projected = options_.self ? 3 : 1;
    const double layer = 4 * keys * d + (2 * projected + 2 + 16) * d * d;
    return static_cast<double>(m) *
           (static_cast<double>(options_.layers) * layer + 2 * d * (d + 2) + 2 * d);
  }

  void ask(size_t m) {
    std::mt19937 random(static_cast<uint32_t>(m));
    std::uniform_int_distribution<int64_t> item(1, options_.items);
    question_ = {};
    for (size_t c = 0; c < m; ++c) {
      question_.candidates.push_back(item(random));
      question_.numbers.push_back(1 / static_cast<float>(c + 1));
      question_.numbers.push_back(1 - static_cast<float>(c) / static_cast<float>(m));
    }
    std::normal_distribution<float> normal;
    for (auto* arrays : {&question_.keys, &question_.values}) {
      arrays->resize(static_cast<size_t>(options_.layers));
      for (auto& array : *arrays) {
        array.resize(static_cast<size_t>((options_.events + 1) * options_.dimension));
        for (float& x : array) x = normal(random);
      }
    }
  }

  void run_graph(std::vector<float>& scores) const {
    const auto m = static_cast<int64_t>(question_.candidates.size());
    const int64_t length = options_.events + 1;
    const auto request_gap = static_cast<int64_t>(gap());
    std::vector<TensorView> inputs;
    for (const TensorSpec& spec : graph_.inputs()) {
      if (spec.name == "candidates") {
        inputs.push_back({std::span<const int64_t>(question_.candidates), {1, m}});
      } else if (spec.name == "numbers") {
        inputs.push_back({std::span<const float>(question_.numbers), {1, m, 2}});
      } else if (spec.name == "request_gap") {
        inputs.push_back({std::span<const int64_t>(&request_gap, 1), {1}});
      } else {
        const auto& arrays = spec.name[0] == 'k' ? question_.keys : question_.values;
        const auto layer = static_cast<size_t>(spec.name.back() - '0');
        inputs.push_back({std::span<const float>(arrays.at(layer)),
                          {1, options_.heads, length, options_.dimension / options_.heads}});
      }
    }
    const std::span<float> out(scores);
    graph_.run(inputs, std::span(&out, 1));
  }

  static double difference(const std::vector<float>& a, const std::vector<float>& b) {
    double largest = 0;
    for (size_t i = 0; i < a.size(); ++i) {
      largest = std::max(largest, static_cast<double>(std::abs(a[i] - b[i])));
    }
    return largest;
  }
  static double spread(const std::vector<float>& a) {
    double sum = 0, squares = 0;
    for (const float x : a) sum += x, squares += static_cast<double>(x) * x;
    const auto n = static_cast<double>(a.size());
    return std::sqrt(std::max(0.0, squares / n - sum / n * (sum / n)));
  }

  const Options& options_;
  const OnnxSession graph_;
  const CandidateKernel fp32_, int8_;
  Question question_;
};

int run(int argc, char** argv) {
  Options options;
  CLI::App app("Times the candidates' graph of an amortized ranker against the kernel.");
  app.add_option("--items", options.items);
  app.add_option("--events", options.events, "of the history");
  app.add_option("--candidates", options.candidates);
  app.add_option("--dimension", options.dimension);
  app.add_option("--layers", options.layers);
  app.add_option("--heads", options.heads);
  app.add_option("--deviation", options.deviation, "of the random weights");
  app.add_option("--rounds", options.rounds);
  app.add_flag("--self", options.self, "candidates see themselves");
  app.add_flag("--no-gaps", options.no_gaps, "the log has no clock");
  CLI11_PARSE(app, argc, argv);
  at::set_num_threads(1);
  const auto model = train::make_rank_model(recipe_of(options),
                                            {.num_items = options.items, .gaps = !options.no_gaps});
  Bench bench(options, model->graphs().candidates, *model->candidate_weights());
  for (const size_t m : options.candidates) bench.run(m);
  return 0;
}

}  // namespace
}  // namespace kaskad::bench

int main(int argc, char** argv) {
  return kaskad::bench::guarded_main("kaskad_rank_kernel",
                                     [&] { return kaskad::bench::run(argc, argv); });
}
