#include "kaskad/train/gradient_step.h"

#include <cmath>
#include <cstdio>

#include "kaskad/core/error.h"
#include "kaskad/train/named_state.h"

namespace kaskad::train {
namespace {

std::string figure(double value) {
  if (std::isnan(value)) return "nan";  // its sign says nothing
  char text[32];
  std::snprintf(text, sizeof(text), "%.4g", value);
  return text;
}

}  // namespace

GradientStep::GradientStep(const torch::nn::Module& model, const Recipe& recipe,
                           const ShardedTable* shards)
    : recipe_(recipe),
      shards_(shards),
      adam_(model, {.weight_decay = recipe.weight_decay}),
      average_(adam_, recipe.average_decay) {}

std::vector<torch::Tensor> GradientStep::weights() const {
  std::vector<torch::Tensor> list;
  for (const Adam::Slot& slot : adam_.slots()) {
    if (!in_shares(slot.weight)) list.push_back(slot.weight);
  }
  return list;
}

void GradientStep::take(StepReport& report, double learning_rate) {
  const torch::NoGradGuard no_grad;
  std::vector<torch::Tensor> norms, gradients;
  for (const Adam::Slot& slot : adam_.slots()) {
    if (!slot.weight.grad().defined()) continue;
    gradients.push_back(slot.weight.grad());
    norms.push_back(in_shares(slot.weight) ? shards_->gradient_norm() : gradients.back().norm());
  }
  if (norms.empty()) return;
  report.gradient_norm = torch::stack(norms).norm().item<double>();
  check_numbers(report);
  if (recipe_.clip_norm > 0 && report.gradient_norm > recipe_.clip_norm) {
    for (torch::Tensor& gradient : gradients) {
      gradient.mul_(recipe_.clip_norm / report.gradient_norm);
    }
  }
  adam_.step(learning_rate);
  average_.update(adam_.steps());
}

void GradientStep::check_numbers(const StepReport& report) const {
  if (std::isfinite(report.loss) && std::isfinite(report.gradient_norm)) return;
  std::string name = "none";
  double largest = -1;
  for (const Adam::Slot& slot : adam_.slots()) {
    if (!slot.weight.grad().defined() || slot.weight.numel() == 0) continue;
    const double size = slot.weight.grad().abs().max().item<double>();
    // What is no number counts as larger than any.
    if (size > largest || (std::isnan(size) && !std::isnan(largest))) {
      largest = size;
      name = slot.name;
    }
    if (std::isnan(size)) break;
  }
  throw Error("step " + std::to_string(adam_.steps() + 1) + ": the loss is " + figure(report.loss) +
              " and the gradient's norm " + figure(report.gradient_norm) +
              "; the largest gradient is " + figure(largest) + " in '" + name +
              "'. Try a smaller learning_rate (now " + figure(recipe_.learning_rate) +
              "), clip_norm = 1 (now " + figure(recipe_.clip_norm) +
              ") or warmup_steps = 1000 (now " + std::to_string(recipe_.warmup_steps) +
              "); the last checkpoint is from before and --resume continues from it");
}

void GradientStep::add_to(NamedTensors& tensors) const {
  add_moments(adam_, tensors);
  average_.add_to(tensors);
}

void GradientStep::load(const NamedTensors& tensors) {
  load_moments(tensors, adam_);
  average_.load(tensors);
}

}  // namespace kaskad::train
