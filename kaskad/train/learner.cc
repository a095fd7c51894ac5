#include "kaskad/train/learner.h"

#include <ATen/CPUGeneratorImpl.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "kaskad/core/error.h"
#include "kaskad/train/named_state.h"
#include "kaskad/train/places.h"
#include "kaskad/train/product_precision.h"

namespace kaskad::train {
namespace {

std::string figure(double value) {
  if (std::isnan(value)) return "nan";  // its sign says nothing
  char text[32];
  std::snprintf(text, sizeof(text), "%.4g", value);
  return text;
}

// The default generators, then that of the negatives.
std::vector<torch::Generator> generators(const torch::Device& device,
                                         const torch::Generator& negatives) {
  std::vector<torch::Generator> list = {at::detail::getDefaultCPUGenerator(), negatives};
  if (device.is_cuda()) list.push_back(at::globalContext().defaultGenerator(device));
  return list;
}

uint64_t seed_of(const Recipe& recipe, Group* group) {
  return recipe.seed + (group ? static_cast<uint64_t>(group->rank()) * 0x9e3779b97f4a7c15 : 0);
}

}  // namespace

torch::Device choose_device(const Recipe& recipe) {
  const bool there = torch::cuda::is_available();
  if (recipe.device == "cuda" && !there) {
    throw Error(
        "recipe, key 'device': found \"cuda\", expected \"cpu\" or \"auto\": libtorch sees "
        "no GPU here (is it the build for CPUs?)");
  }
  if (!there || recipe.device == "cpu") return torch::kCPU;
  // Processes of one machine take a GPU each, as torchrun numbers them.
  const char* local_rank = std::getenv("LOCAL_RANK");
  const int number = local_rank ? std::atoi(local_rank) : 0;
  return {torch::kCUDA, static_cast<c10::DeviceIndex>(number)};
}

SequenceBatch to_device(const SequenceBatch& batch, const torch::Device& device) {
  if (device.is_cpu()) return batch;
  const auto moved = [&](const torch::Tensor& tensor) {
    return tensor.defined() ? tensor.to(device) : tensor;
  };
  return {.tokens = moved(batch.tokens),
          .gaps = moved(batch.gaps),
          .user_codes = moved(batch.user_codes),
          .user_numbers = moved(batch.user_numbers),
          .clock = moved(batch.clock),
          .targets = moved(batch.targets)};
}

Learner::Learner(std::shared_ptr<SequenceModel> model, const Recipe& recipe,
                 const std::vector<uint64_t>& target_counts, Group* group)
    : model_(std::move(model)),
      recipe_(recipe),
      group_(group),
      device_(choose_device(recipe)),
      generator_(at::make_generator<at::CPUGeneratorImpl>(seed_of(recipe, group))),
      adam_((model_->to(device_), *model_), {.weight_decay = recipe.weight_decay}),
      average_(adam_, recipe.average_decay) {
  if (recipe.frequency_rate > 0) {
    auto streaming =
        std::make_unique<StreamingFrequency>(model_->num_items(), recipe.frequency_rate);
    streaming_ = streaming.get();
    frequency_ = std::move(streaming);
  } else {
    frequency_ = std::make_unique<CountedFrequency>(target_counts);
  }
  loss_ = make_loss(recipe, *frequency_, generator_);
  torch::manual_seed(seed_of(recipe, group));
  if (!group) return;
  torch::NoGradGuard no_grad;
  for (torch::Tensor& weight : model_->parameters()) group->broadcast(weight);
}

void Learner::backward(const SequenceBatch& batch, StepReport& report) {
  const ProductPrecision precision(recipe_.precision);
  model_->train();
  adam_.zero_grad();
  if (batch.tokens.size(0) > 0) {
    const SequenceBatch here = to_device(batch, device_);
    const Places places = gather_places(model_->encode(here), here);
    report.places = places.targets.size(0);
    if (streaming_) streaming_->observe(places.targets.cpu());
    torch::Tensor loss = (*loss_)(places, *model_);
    loss.backward();
    report.loss = loss.item<double>();
  }
  if (group_) report.places = average_gradients(*group_, weights(), report.places, report.loss);
}

std::vector<torch::Tensor> Learner::weights() const {
  std::vector<torch::Tensor> list;
  for (const Adam::Slot& slot : adam_.slots()) list.push_back(slot.weight);
  return list;
}

StepReport Learner::step(const SequenceBatch& batch, double learning_rate) {
  StepReport report;
  backward(batch, report);
  torch::NoGradGuard no_grad;
  std::vector<torch::Tensor> norms, gradients;
  for (const Adam::Slot& slot : adam_.slots()) {
    if (!slot.weight.grad().defined()) continue;
    gradients.push_back(slot.weight.grad());
    norms.push_back(gradients.back().norm());
  }
  if (norms.empty()) return report;
  report.gradient_norm = torch::stack(norms).norm().item<double>();
  check_numbers(report);
  if (recipe_.clip_norm > 0 && report.gradient_norm > recipe_.clip_norm) {
    for (torch::Tensor& gradient : gradients) {
      gradient.mul_(recipe_.clip_norm / report.gradient_norm);
    }
  }
  adam_.step(learning_rate);
  average_.update(adam_.steps());
  return report;
}

void Learner::check_numbers(const StepReport& report) const {
  if (std::isfinite(report.loss) && std::isfinite(report.gradient_norm)) return;
  std::string name = "none";
  double largest = -1;
  for (const Adam::Slot& slot : adam_.slots()) {
    if (!slot.weight.grad().defined()) continue;
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

NamedTensors Learner::model_tensors() const {
  NamedTensors tensors;
  add_model(*model_, tensors);
  return tensors;
}

NamedTensors Learner::all_tensors() const {
  NamedTensors tensors = model_tensors();
  add_moments(adam_, tensors);
  average_.add_to(tensors);
  tensors["random"] = random_states();
  if (streaming_) {
    const std::vector<torch::Tensor> state = streaming_->state();
    for (size_t i = 0; i < state.size(); ++i) {
      tensors["frequency." + std::to_string(i)] = state[i];
    }
  }
  return tensors;
}

// (processes, bytes) int64: rows of the other processes come by a sum.
torch::Tensor Learner::random_states() const {
  std::vector<torch::Tensor> states;
  for (const torch::Generator& one : generators(device_, generator_)) {
    states.push_back(one.get_state().flatten().to(torch::kInt64));
  }
  const torch::Tensor mine = torch::cat(states);
  torch::Tensor all = torch::zeros({group_ ? group_->size() : 1, mine.size(0)}, torch::kInt64);
  all[group_ ? group_->rank() : 0].copy_(mine);
  if (group_) group_->sum(all);
  return all.to(torch::kUInt8);
}

void Learner::set_random_states(const torch::Tensor& states) {
  const int64_t row = group_ ? group_->rank() : 0;
  // Fewer processes than there were, or more: those without a state keep their seed.
  if (row >= states.size(0)) return;
  int64_t at = 0;
  for (torch::Generator& one : generators(device_, generator_)) {
    const int64_t length = one.get_state().numel();
    if (at + length > states.size(1)) return;  // it was trained on another device
    one.set_state(states[row].narrow(0, at, length).clone());
    at += length;
  }
}

void Learner::load_model(const NamedTensors& tensors) { train::load_model(tensors, *model_); }

void Learner::load_all(const NamedTensors& tensors) {
  load_model(tensors);
  load_moments(tensors, adam_);
  average_.load(tensors);
  if (const auto found = tensors.find("random"); found != tensors.end()) {
    set_random_states(found->second);
  }
  if (!streaming_) return;
  std::vector<torch::Tensor> state = streaming_->state();
  for (size_t i = 0; i < state.size(); ++i) {
    state[i] = state[i].clone();
    copy_into(tensors, "frequency." + std::to_string(i), state[i]);
  }
  streaming_->load_state(state);
}

}  // namespace kaskad::train
