#include "kaskad/train/learner.h"

#include <ATen/CPUGeneratorImpl.h>

#include <algorithm>
#include <cstdlib>

#include "kaskad/core/error.h"
#include "kaskad/train/named_state.h"
#include "kaskad/train/places.h"
#include "kaskad/train/product_precision.h"

namespace kaskad::train {
namespace {

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
      gradient_step_((model_->to(device_), *model_), recipe, model_->shards()) {
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
  for (torch::Tensor& weight : gradient_step_.weights()) group->broadcast(weight);
}

void Learner::backward(const SequenceBatch& batch, StepReport& report) {
  const ProductPrecision precision(recipe_.precision);
  model_->train();
  gradient_step_.zero_grad();
  if (batch.tokens.size(0) > 0) {
    const SequenceBatch here = to_device(batch, device_);
    const Places places = gather_places(model_->encode(here), here);
    report.places = places.targets.size(0);
    if (streaming_) streaming_->observe(places.targets.cpu());
    torch::Tensor loss = (*loss_)(places, *model_);
    loss.backward();
    report.loss = loss.item<double>();
  }
  ShardedTable* const shards = model_->shards();
  if (shards) shards->collect_gradients(static_cast<double>(report.places));
  if (group_)
    report.places =
        average_gradients(*group_, gradient_step_.weights(), report.places, report.loss);
  if (shards) shards->own().grad().div_(static_cast<double>(std::max<int64_t>(1, report.places)));
}

StepReport Learner::step(const SequenceBatch& batch, double learning_rate) {
  StepReport report;
  backward(batch, report);
  gradient_step_.take(report, learning_rate);
  return report;
}

NamedTensors Learner::model_tensors() const {
  NamedTensors tensors;
  add_model(*model_, tensors);
  return tensors;
}

NamedTensors Learner::all_tensors() const {
  NamedTensors tensors = model_tensors();
  gradient_step_.add_to(tensors);
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
  gradient_step_.load(tensors);
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
