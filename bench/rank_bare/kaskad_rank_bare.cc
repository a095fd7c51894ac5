// An amortized ranker over its graphs (--kernel onnx) against bare ONNX Runtime on the same graphs,
// in turns, so that what slows the machine down for a while slows both down. One JSON line for each
// number of candidates.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>

#include "bench/protocol/run_report.h"
#include "bench/rank_bare/bare_graph.h"
#include "kaskad/core/npy.h"
#include "kaskad/model/ranker_bundle.h"
#include "kaskad/ranking/neural_ranker.h"
#include "kaskad/ranking/random_requests.h"

namespace kaskad::bench {
namespace {

struct Options {
  std::string bundle;
  size_t events = 100;
  std::vector<size_t> candidates = {100, 500, 1000, 3000};
  int rounds = 200;
};

// The inputs of both graphs for one request, and the graphs.
class BareRanker {
 public:
  BareRanker(const std::string& bundle, const NeuralRequest& request, size_t numbers)
      : request_(request) {
    const auto events = static_cast<int64_t>(request_.tokens.size());
    const auto m = static_cast<int64_t>(request_.candidates.size());
    give("history", request_.tokens, {1, events});
    give("gaps", request_.gaps, {1, events});
    give("candidates", request_.candidates, {1, m});
    give("numbers", request_.numbers, {1, m, static_cast<int64_t>(numbers)});
    give("request_gap", gap_, {1});
    history_ = std::make_unique<BareGraph>(bundle + "/history.onnx", given_);
    for (const auto& [name, value] : history_->outputs()) given_[name] = value;
    candidates_ = std::make_unique<BareGraph>(bundle + "/candidates.onnx", given_);
  }

  void run_history() { history_->run(); }
  void run_candidates() { candidates_->run(); }
  const float* scores() const { return bare_floats(*candidates_->outputs().at("scores")); }

 private:
  template <typename T>
  void give(const std::string& name, const std::vector<T>& values,
            const std::vector<int64_t>& shape) {
    tensors_.push_back(bare_tensor(values, shape));
    given_[name] = tensors_.back().get();
  }

  const NeuralRequest request_;
  const std::vector<int64_t> gap_ = {request_.request_gap};
  std::vector<ort::Tensor> tensors_;
  std::map<std::string, OrtValue*> given_;
  std::unique_ptr<BareGraph> history_, candidates_;
};

template <class Body>
double milliseconds(const Body& body) {
  const Stopwatch watch;
  body();
  return watch.seconds() * 1e3;
}

double at(std::vector<double> values, double share) {
  std::sort(values.begin(), values.end());
  return values[std::min(values.size() - 1, static_cast<size_t>(share * values.size()))];
}

void print_form(const char* name, const std::vector<double>& taken) {
  std::printf("\"%s\": {\"p50_ms\": %.4f, \"p99_ms\": %.4f}, ", name, at(taken, .5),
              at(taken, .99));
}

// The median of what one took for what the other took beside it.
double ratio(const std::vector<double>& one, const std::vector<double>& other) {
  std::vector<double> ratios;
  for (size_t i = 0; i < one.size(); ++i) ratios.push_back(one[i] / other[i]);
  return at(ratios, .5);
}

void expect_equal(const float* bare, const std::vector<float>& ours) {
  for (size_t i = 0; i < ours.size(); ++i) {
    if (std::abs(bare[i] - ours[i]) <= 1e-5F * std::max(1.F, std::abs(bare[i]))) continue;
    throw Error("candidate " + std::to_string(i) + ": the ranker gives " + std::to_string(ours[i]) +
                ", bare ONNX Runtime " + std::to_string(bare[i]));
  }
}

void measure(const Options& options, const RankerBundle& bundle, size_t m) {
  const auto* ranker = dynamic_cast<const NeuralRanker*>(bundle.ranker.get());
  if (ranker == nullptr || ranker->config().kernel != RankKernel::kOnnx) {
    throw Error("'" + options.bundle + "': found another kernel, expected graphs (--kernel onnx)");
  }
  const auto rounds = static_cast<size_t>(options.rounds);
  const RandomRequests requests(bundle, options.events, m);
  const NpyFile<uint8_t> learned(bundle.directory + "/learned.npy");
  const RequestWriter writer(ranker->config().inputs, learned.values());
  NeuralRequest written;
  writer.write(requests(0), written);
  BareRanker bare(bundle.directory, written, writer.numbers());
  std::vector<float> scores(m);
  const auto ask = [&](size_t number) {
    const RankRequest request = requests(number);
    ranker->score_heads({&request, 1}, scores);
  };
  ask(0);
  expect_equal(bare.scores(), scores);

  std::vector<double> fresh, same, both, candidates;
  for (size_t round = 1; round < rounds; ++round) {
    const auto ours = [&] {
      fresh.push_back(milliseconds([&] { ask(round); }));
      same.push_back(milliseconds([&] { ask(round); }));
    };
    if (round % 2 == 0) ours();
    const double history = milliseconds([&] { bare.run_history(); });
    candidates.push_back(milliseconds([&] { bare.run_candidates(); }));
    both.push_back(history + candidates.back());
    if (round % 2 == 1) ours();
  }
  std::printf("{\"history\": %zu, \"candidates\": %zu, ", options.events, m);
  print_form("ranker", fresh);
  print_form("ranker, cached", same);
  print_form("both", both);
  print_form("candidates_graph", candidates);
  std::printf("\"ratio\": %.3f, \"ratio_cached\": %.3f}\n", ratio(fresh, both),
              ratio(same, candidates));
  std::fflush(stdout);
}

int run(int argc, char** argv) {
  Options options;
  CLI::App app("Times a ranker over its graphs against bare ONNX Runtime on the same graphs.");
  app.add_option("--bundle", options.bundle, "of an amortized ranker, --kernel onnx")->required();
  app.add_option("--history", options.events, "events");
  app.add_option("--candidates", options.candidates);
  app.add_option("--rounds", options.rounds)->check(CLI::Range(2, 1'000'000));
  CLI11_PARSE(app, argc, argv);
  register_neural_ranker();
  const RankerBundle bundle = load_ranker_bundle(options.bundle);
  for (const size_t m : options.candidates) measure(options, bundle, m);
  return 0;
}

}  // namespace
}  // namespace kaskad::bench

int main(int argc, char** argv) {
  return kaskad::bench::guarded_main("kaskad_rank_bare",
                                     [&] { return kaskad::bench::run(argc, argv); });
}
