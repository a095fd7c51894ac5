#include "kaskad/train/parity.h"

#include <ATen/CPUGeneratorImpl.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "kaskad/core/error.h"
#include "kaskad/dataset/time_gap.h"
#include "kaskad/onnx/session.h"

namespace kaskad::train {
namespace {

struct Case {
  const char* name;
  int64_t events;
  int64_t padding;  // on the left
};

// `causal`: the caller begins a history that does not fill max_history with the special token.
SequenceBatch make_history(const Case& of, bool causal, const Recipe& recipe, int64_t num_items,
                           torch::Generator& generator) {
  SequenceBatch batch;
  const auto integers = torch::TensorOptions().dtype(torch::kInt64);
  std::vector<torch::Tensor> parts;
  parts.push_back(torch::zeros({1, of.padding}, integers));
  if (causal && of.events < recipe.max_history) {
    parts.push_back(torch::full({1, 1}, special_token(num_items), integers));
  }
  parts.push_back(torch::randint(1, num_items + 1, {1, of.events}, generator, integers));
  batch.tokens = torch::cat(parts, 1);
  // A history without events and without a special token still has a place.
  if (batch.tokens.size(1) == 0) batch.tokens = torch::zeros({1, 1}, integers);
  if (recipe.time_features) {
    batch.gaps = torch::randint(0, kGapBuckets, batch.tokens.sizes(), generator, integers) *
                 batch.tokens.ne(kPadding);
  }
  return batch;
}

torch::Tensor run_file(const OnnxSession& session, const SequenceBatch& batch, int64_t dimension) {
  torch::Tensor user = torch::empty({batch.tokens.size(0), dimension});
  const auto view = [](const torch::Tensor& x) {
    return TensorView{std::span(static_cast<const int64_t*>(x.data_ptr<int64_t>()),
                                static_cast<size_t>(x.numel())),
                      x.sizes().vec()};
  };
  const torch::Tensor tokens = batch.tokens.contiguous();
  std::vector<TensorView> inputs = {view(tokens)};
  torch::Tensor gaps;
  if (batch.gaps.defined()) {
    gaps = batch.gaps.contiguous();
    inputs.push_back(view(gaps));
  }
  const std::array outputs = {std::span(user.data_ptr<float>(), static_cast<size_t>(user.numel()))};
  session.run(inputs, outputs);
  return user;
}

}  // namespace

double ParityReport::worst() const {
  double worst = 0;
  for (const ParityCase& one : cases) {
    if (std::isnan(one.difference)) return one.difference;
    worst = std::max(worst, one.difference);
  }
  return worst;
}

std::string ParityReport::to_string() const {
  std::string text;
  for (const ParityCase& one : cases) {
    std::array<char, 128> line{};
    std::snprintf(line.data(), line.size(), "%-12s %6lld events  %.2e\n", one.name.c_str(),
                  static_cast<long long>(one.events), one.difference);
    text += line.data();
  }
  return text;
}

ParityReport measure_parity(SequenceModel& model, const Recipe& recipe, const std::string& path) {
  const OnnxSession session(path);
  const torch::NoGradGuard no_grad;
  const bool was_training = model.is_training();
  model.eval();
  torch::Generator generator = at::detail::createCPUGenerator(recipe.seed);
  const int64_t longest = recipe.max_history;
  const Case cases[] = {{"empty", 0, 3},
                        {"one item", 1, 0},
                        {"short", std::min<int64_t>(7, longest - 1), 2},
                        {"exactly full", longest, 0},
                        {"over-long", longest + 13, 0}};
  ParityReport report;
  for (const Case& of : cases) {
    SequenceBatch batch = make_history(of, model.is_causal(), recipe, model.num_items(), generator);
    const torch::Tensor user = run_file(session, batch, model.dimension());
    const torch::Device device = model.parameters().front().device();
    batch.tokens = batch.tokens.to(device);
    if (batch.gaps.defined()) batch.gaps = batch.gaps.to(device);
    const torch::Tensor expected = model.user_vectors(batch).to(torch::kCPU);
    report.cases.push_back({of.name, of.events, (user - expected).abs().max().item<double>()});
  }
  model.train(was_training);
  return report;
}

void require_parity(const ParityReport& report, double tolerance) {
  if (report.worst() <= tolerance) return;  // false for NaN
  std::array<char, 32> allowed{};
  std::snprintf(allowed.data(), allowed.size(), "%.0e", tolerance);
  throw Error("the ONNX file differs from the trained model, expected at most " +
              std::string(allowed.data()) + ":\n" + report.to_string());
}

}  // namespace kaskad::train
