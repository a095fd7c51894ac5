// The scoring pass of a pre-ranker over candidates that lie all over a catalogue, on one thread and
// in turns: dot product and prepared counters in one pass (what InteractRank is served by: the
// request's pairs are spread over the items, read, and taken back), dot product and a row of
// counters each, the dot product alone (ours, and OpenBLAS on rows that are gathered first or lie
// ready), and the item's side of the model in ONNX Runtime for every candidate. One JSON line a
// form.
#include <cblas.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <random>

#include "bench/protocol/run_report.h"
#include "bench/vector_search/machine_limit.h"
#include "kaskad/kernels/pre_rank.h"
#include "kaskad/onnx/graph.h"
#include "kaskad/onnx/session.h"

namespace kaskad::bench {
namespace {

struct Options {
  size_t items = 1'000'000, candidates = 10'000, dimension = 64;
  std::vector<size_t> counters = {7, 15, 30}, pairs = {200, 2000};
  int rounds = 300, graph_rounds = 20;
};

std::vector<float> drawn(size_t count, std::mt19937& random, bool positive = false) {
  std::normal_distribution<float> normal(0, 0.125F);
  std::vector<float> values(count);
  for (float& x : values) x = positive ? std::abs(normal(random)) + 1e-4F : normal(random);
  return values;
}

// What a ranker without prepared vectors runs for each candidate: its embedding, an item tower (one
// hidden layer twice as wide, to unit length), dot product, weighed counters.
std::string item_graph(const Options& o, size_t counters, std::mt19937& random) {
  const auto d = static_cast<int64_t>(o.dimension), wide = 2 * d;
  const auto j = static_cast<int64_t>(counters);
  Graph graph("per_candidate");
  const Dimension any = std::string("candidates");
  const Value rows = graph.input("rows", ElementType::kInt64, {any});
  const Value numbers = graph.input("numbers", ElementType::kFloat, {any, j});
  const Value query = graph.input("query", ElementType::kFloat, {d, int64_t{1}});
  const auto weights = [&](int64_t a, int64_t b) {
    return graph.constant(drawn(static_cast<size_t>(a * b), random), {a, b});
  };
  // A table of 100,000 rows stands for the catalogue's: a file holds at most 2 GB.
  const Value table = weights(100'000, d);
  const Value x = graph.node("Gather", {table, rows}, {{"axis", int64_t{0}}});
  const Value inner = graph.node("Relu", {graph.node("MatMul", {x, weights(d, wide)})});
  const Value y = graph.node("Add", {x, graph.node("MatMul", {inner, weights(wide, d)})});
  const Value length =
      graph.node("ReduceL2", {y}, {{"axes", std::vector<int64_t>{1}}, {"keepdims", int64_t{1}}});
  const Value dot = graph.node("MatMul", {graph.node("Div", {y, length}), query});
  const Value cross = graph.node("MatMul", {graph.node("Log", {numbers}), weights(j, 1)});
  graph.output(graph.node("Add", {dot, cross}), "scores", ElementType::kFloat, {any, int64_t{1}});
  return graph.to_bytes("1");
}

class Bench {
 public:
  explicit Bench(const Options& options)
      : o_(options),
        vectors_(drawn(o_.items * o_.dimension, random_)),
        query_(drawn(o_.dimension, random_)),
        scores_(o_.candidates) {
    std::uniform_int_distribution<uint32_t> row(0, static_cast<uint32_t>(o_.items - 1));
    sets_.resize(48);  // other rows each time, so that no cache has just seen them
    for (auto& rows : sets_) {
      rows.resize(o_.candidates);
      for (uint32_t& one : rows) one = row(random_);
    }
    gathered_.resize(o_.candidates * o_.dimension);
    offsets_.resize(o_.items);
    marked_.resize(o_.items / 64 + 1);
    spread_.resize(*std::max_element(o_.pairs.begin(), o_.pairs.end()));
    for (auto& [item, value] : spread_) {
      item = row(random_);
      value = 0.01F;
    }
  }

  void run() {
    const CrossWeights none;
    std::vector<std::vector<float>> numbers;
    std::vector<CrossWeights> raw, logged;
    for (const size_t width : o_.counters) {
      numbers.push_back(drawn(o_.candidates * width, random_, /*positive=*/true));
      const auto weights = drawn(width, random_);
      raw.emplace_back(weights, std::vector<uint8_t>(width, 0));
      logged.emplace_back(weights, std::vector<uint8_t>(width, 1));
    }
    add("dot alone, ours", 0, [&](const auto& rows) { pass(rows, nullptr, none); });
    for (const size_t pairs : o_.pairs) {
      add("dot and prepared counters, " + std::to_string(pairs) + " pairs of the request", 0,
          [&, pairs](const auto& rows) { pass_prepared(rows, pairs); });
      forms_.back().flops += 1 + static_cast<double>(pairs) / static_cast<double>(o_.candidates);
    }
    for (size_t i = 0; i < o_.counters.size(); ++i) {
      const std::string name = "dot and " + std::to_string(o_.counters[i]) + " counters";
      add(name, o_.counters[i],
          [&, i](const auto& rows) { pass(rows, numbers[i].data(), raw[i]); });
      add(name + ", logarithms", o_.counters[i],
          [&, i](const auto& rows) { pass(rows, numbers[i].data(), logged[i]); });
    }
    add("dot alone, OpenBLAS, rows gathered", 0, [&](const auto& rows) {
      gather(rows);
      blas();
    });
    add("dot alone, OpenBLAS, rows ready", 0, [&](const auto&) { blas(); });
    for (int round = 0; round < o_.rounds; ++round) {
      for (Form& form : forms_) {
        const auto& rows = sets_[next_++ % sets_.size()];
        form.seconds.push_back(timed([&] { form.body(rows); }));
      }
    }
    add_graph(o_.counters[std::min<size_t>(1, o_.counters.size() - 1)]);
    for (Form& form : forms_) print(form);
  }

 private:
  struct Form {
    std::string name;
    size_t counters;
    std::function<void(const std::vector<uint32_t>&)> body;
    std::vector<double> seconds = {};
    double flops = 0;
  };

  template <class Body>
  static double timed(const Body& body) {
    const double start = cpu_seconds();
    body();
    return cpu_seconds() - start;
  }

  void add(const std::string& name, size_t counters,
           std::function<void(const std::vector<uint32_t>&)> body) {
    forms_.push_back({name, counters, std::move(body)});
    forms_.back().flops = 2.0 * static_cast<double>(o_.dimension + counters);
  }

  void pass(const std::vector<uint32_t>& rows, const float* numbers, const CrossWeights& cross) {
    pre_rank({vectors_.data(), o_.dimension}, rows, numbers, query_.data(), cross, 0.1F,
             scores_.data());
  }
  void pass_prepared(const std::vector<uint32_t>& rows, size_t pairs) {
    for (size_t i = 0; i < pairs; ++i) {
      const auto [item, value] = spread_[i];
      offsets_[item] += value;
      marked_[item / 64] |= uint64_t{1} << (item % 64);
    }
    pre_rank({vectors_.data(), o_.dimension, offsets_.data(), marked_.data()}, rows, nullptr,
             query_.data(), {}, 0.1F, scores_.data());
    for (size_t i = 0; i < pairs; ++i) {
      offsets_[spread_[i].first] = 0;
      marked_[spread_[i].first / 64] = 0;
    }
  }
  void gather(const std::vector<uint32_t>& rows) {
    for (size_t c = 0; c < rows.size(); ++c) {
      std::memcpy(gathered_.data() + c * o_.dimension, vectors_.data() + rows[c] * o_.dimension,
                  o_.dimension * sizeof(float));
    }
  }
  void blas() {
    const auto m = static_cast<int>(o_.candidates), d = static_cast<int>(o_.dimension);
    cblas_sgemv(CblasRowMajor, CblasNoTrans, m, d, 1, gathered_.data(), d, query_.data(), 1, 0,
                scores_.data(), 1);
  }

  void add_graph(size_t counters) {
    const OnnxSession session =
        OnnxSession::from_bytes(item_graph(o_, counters, random_), "per_candidate.onnx");
    const auto numbers = drawn(o_.candidates * counters, random_, /*positive=*/true);
    const auto m = static_cast<int64_t>(o_.candidates), d = static_cast<int64_t>(o_.dimension);
    Form form{"item tower for each candidate, ONNX Runtime", counters, {}};
    form.flops =
        2.0 * static_cast<double>(o_.dimension * o_.dimension * 4 + 2 * o_.dimension + counters);
    for (int round = 0; round < o_.graph_rounds; ++round) {
      std::vector<int64_t> rows;
      for (const uint32_t row : sets_[static_cast<size_t>(round) % sets_.size()]) {
        rows.push_back(row % 100'000);
      }
      const std::vector<TensorView> in = {
          {std::span<const int64_t>(rows), {m}},
          {std::span<const float>(numbers), {m, static_cast<int64_t>(counters)}},
          {std::span<const float>(query_), {d, 1}}};
      const std::span<float> out(scores_);
      form.seconds.push_back(timed([&] { session.run(in, {&out, 1}); }));
    }
    forms_.push_back(std::move(form));
  }

  void print(Form& form) {
    std::sort(form.seconds.begin(), form.seconds.end());
    const auto at = [&](double share) {
      return form
          .seconds[static_cast<size_t>(share * static_cast<double>(form.seconds.size() - 1))];
    };
    std::printf(
        "{\"form\": \"%s\", \"items\": %zu, \"candidates\": %zu, \"flops\": %.0f, "
        "\"min_ms\": %.4f, \"p50_ms\": %.4f, \"p99_ms\": %.4f}\n",
        form.name.c_str(), o_.items, o_.candidates, form.flops, at(0) * 1e3, at(0.5) * 1e3,
        at(0.99) * 1e3);
  }

  const Options& o_;
  std::mt19937 random_{7};
  const std::vector<float> vectors_, query_;
  std::vector<float> scores_, gathered_, offsets_;
  std::vector<uint64_t> marked_;
  std::vector<std::pair<uint32_t, float>> spread_;  // item and what a pair of the request adds
  std::vector<std::vector<uint32_t>> sets_;
  size_t next_ = 0;
  std::vector<Form> forms_;
};

int run(int argc, char** argv) {
  Options options;
  CLI::App app("Times the scoring pass of a pre-ranker against plain dot products.");
  app.add_option("--items", options.items, "of the catalogue");
  app.add_option("--candidates", options.candidates);
  app.add_option("--dimension", options.dimension);
  app.add_option("--counters", options.counters, "numbers of a candidate beside its vector");
  app.add_option("--pairs", options.pairs, "of query and item that have counts");
  app.add_option("--rounds", options.rounds);
  app.add_option("--graph-rounds", options.graph_rounds);
  CLI11_PARSE(app, argc, argv);
  Bench(options).run();
  return 0;
}

}  // namespace
}  // namespace kaskad::bench

int main(int argc, char** argv) {
  return kaskad::bench::guarded_main("kaskad_pre_rank",
                                     [&] { return kaskad::bench::run(argc, argv); });
}
