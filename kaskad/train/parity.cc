#include "kaskad/train/parity.h"

#include <ATen/CPUGeneratorImpl.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <limits>

#include "kaskad/core/error.h"
#include "kaskad/dataset/clock_codes.h"
#include "kaskad/dataset/time_gap.h"
#include "kaskad/onnx/session.h"
#include "kaskad/train/learner.h"

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

// `known` is the share of columns that say something.
void add_user(double known, const Recipe& recipe, const FeatureSchema& users,
              torch::Generator& generator, SequenceBatch& batch) {
  const auto integers = torch::TensorOptions().dtype(torch::kInt64);
  if (users.num_codes() > 1) {
    const auto places = static_cast<int64_t>(users.columns().size());
    const auto codes = static_cast<int64_t>(users.num_codes());
    batch.user_codes = torch::randint(1, codes, {1, places}, generator, integers) *
                       torch::rand({1, places}, generator).lt(known);
  }
  if (const auto numbers = static_cast<int64_t>(users.num_numbers()); numbers > 0) {
    const torch::Tensor unknown = torch::rand({1, numbers}, generator).ge(known);
    batch.user_numbers = torch::randn({1, numbers}, generator)
                             .masked_fill(unknown, std::numeric_limits<float>::quiet_NaN());
  }
  if (!recipe.clock_features) return;
  const auto clock_places = static_cast<int64_t>(kClockPlaces);
  batch.clock =
      torch::randint(0, kClockCodes, {1, batch.tokens.size(1), clock_places}, generator, integers);
}

torch::Tensor input_of(const SequenceBatch& batch, const std::string& name) {
  if (name == "history") return batch.tokens.contiguous();
  if (name == "gaps") return batch.gaps.contiguous();
  if (name == "user_codes") return batch.user_codes.contiguous();
  if (name == "user_numbers") return batch.user_numbers.contiguous();
  KASKAD_ASSERT(name == "clock");
  return batch.clock.select(1, -1).contiguous();  // of the place that asks
}

TensorView view(const torch::Tensor& x) {
  const auto count = static_cast<size_t>(x.numel());
  if (x.dtype() == torch::kFloat32) {
    return {std::span(static_cast<const float*>(x.data_ptr<float>()), count), x.sizes().vec()};
  }
  return {std::span(static_cast<const int64_t*>(x.data_ptr<int64_t>()), count), x.sizes().vec()};
}

torch::Tensor run_file(const OnnxSession& session, const SequenceBatch& batch, int64_t dimension) {
  torch::Tensor user = torch::empty({batch.tokens.size(0), dimension});
  std::vector<torch::Tensor> tensors;
  std::vector<TensorView> inputs;
  for (const TensorSpec& spec : session.inputs()) {
    tensors.push_back(input_of(batch, spec.name));
    inputs.push_back(view(tensors.back()));
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

ParityReport measure_parity(SequenceModel& model, const Recipe& recipe, const FeatureSchema& users,
                            const std::string& path) {
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
    // Of the first case's user nothing is known, of the last one's everything.
    const double known =
        static_cast<double>(report.cases.size()) / static_cast<double>(std::size(cases) - 1);
    add_user(known, recipe, users, generator, batch);
    const torch::Tensor user = run_file(session, batch, model.dimension());
    const torch::Device device = model.parameters().front().device();
    const torch::Tensor expected = model.user_vectors(to_device(batch, device)).to(torch::kCPU);
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
