#include "kaskad/train/rank/interact_rank.h"

#include <ATen/CPUGeneratorImpl.h>

#include <cmath>

#include "kaskad/train/batch.h"
#include "kaskad/train/rank/rank_loss.h"
#include "kaskad/train/sampled_softmax.h"

namespace kaskad::train {
namespace {

using torch::Tensor;

constexpr double kFirstDot = 4, kLargestDot = 50;  // weights of the dot product of unit vectors

// Linear maps that keep the size of what they are given; tables as other rankers have them.
void draw_interact(torch::nn::Module& model, double init_std, uint64_t seed) {
  const torch::NoGradGuard no_grad;
  const torch::Generator generator = at::detail::createCPUGenerator(seed);
  for (auto& named : model.named_parameters()) {
    Tensor parameter = named.value();
    if (parameter.dim() < 2) continue;
    const bool map = named.key().ends_with(".weight");
    const double deviation = map ? 1 / std::sqrt(static_cast<double>(parameter.size(1))) : init_std;
    parameter.normal_(0, deviation, generator);
  }
}

// Most lists have one positive of many candidates.
Tensor first_biases(const RankTask& task) {
  Tensor biases = torch::zeros({task.heads});
  for (size_t h = 0; h < task.base_logits.size(); ++h) {
    biases[static_cast<int64_t>(h)] = task.base_logits[h];
  }
  return biases;
}

}  // namespace

InteractRank::InteractRank(const Recipe& recipe, const RankTask& task)
    : RankModel(recipe, task, /*width=*/0),
      query_tower_(register_module("query", std::make_shared<QueryTower>(recipe, task, masks_))),
      item_tower_(register_module(
          "item", std::make_shared<Tower>(
                      recipe.dimension,
                      recipe.feed_forward > 0 ? recipe.feed_forward : 2 * recipe.dimension,
                      recipe.dropout, masks_))),
      log_dot_(register_parameter("log_dot", torch::full({1}, std::log(kFirstDot)))),
      cross_(register_parameter("cross", torch::zeros({task.numbers - skipped()}))),
      biases_(register_parameter("biases", first_biases(task))) {
  if (recipe.softmax_weight > 0) {
    temperature_ = register_module("temperature", std::make_shared<Temperature>());
  }
  // Row 0, of what was never learned, is drawn like the others: a vector of zeros has no direction.
  draw_interact(*this, recipe.init_std, recipe.seed);
  if (actions_) actions_->clear_none();
  query_tower_->start();
}

Tensor InteractRank::dot_weight() const { return log_dot_.clamp_max(std::log(kLargestDot)).exp(); }

Tensor InteractRank::queries(const RankBatch& batch) const {
  const Tensor events = query_tower_->asks_session() ? embed_events(batch) : Tensor();
  const Tensor vectors = unit_length(query_tower_->forward(batch, events));
  return vectors.expand({-1, task_.heads, -1});
}

Tensor InteractRank::items(const Tensor& candidates, const Tensor& rows) const {
  const double scale = std::sqrt(static_cast<double>(recipe_.dimension));
  return unit_length(item_tower_->forward(items_->apart(candidates, rows) * scale));
}

Tensor InteractRank::logits(const Tensor& queries, const RankBatch& batch) const {
  const Tensor vectors = items(batch.candidates, batch.rows);  // (lists, m, dimension)
  const Tensor dots = torch::matmul(vectors, queries.transpose(1, 2)) * dot_weight();
  const Tensor numbers = batch.numbers.narrow(2, skipped(), cross_.size(0));
  return dots + torch::matmul(numbers, cross_).unsqueeze(2) + biases_;
}

Tensor InteractRank::score(const RankBatch& batch) { return logits(queries(batch), batch); }

Tensor InteractRank::loss(const RankBatch& batch, const Tensor& weights) {
  const Tensor vectors = queries(batch);
  const Tensor of_lists = rank_loss(logits(vectors, batch), batch, recipe_, weights);
  if (recipe_.softmax_weight == 0) return of_lists;
  return of_lists + recipe_.softmax_weight * softmax_loss(batch, vectors);
}

Tensor InteractRank::softmax_loss(const RankBatch& batch, const Tensor& queries) {
  Tensor merged = queries;
  if (!task_.head_weights.empty()) {
    merged = queries * torch::tensor(task_.head_weights, queries.options()).view({1, -1, 1});
  }
  const Tensor states = temperature_->forward(merged.sum(1));  // (lists, dimension)
  const Tensor positive =
      batch.labels.gt(0).any(2).logical_and(batch.real).logical_and(batch.candidates.ne(kPadding));
  const Tensor places = positive.nonzero();  // (positives, 2), ascending
  const Tensor list = places.select(1, 0);
  Places of_batch;
  of_batch.states = states.index_select(0, list);
  of_batch.targets = batch.candidates.masked_select(positive) - 1;
  of_batch.sequence = list;
  of_batch.num_sequences = states.size(0);
  static const CountedFrequency kAlike{std::vector<uint64_t>{1}};
  const bool corrected = task_.frequency != nullptr;
  const InBatchSoftmaxLoss softmax(corrected ? *task_.frequency : kAlike,
                                   corrected ? recipe_.logq : LogqKind::kNone);
  return softmax.of_vectors(of_batch,
                            [&](const Tensor& targets) { return items(targets + 1, targets + 1); });
}

std::vector<float> InteractRank::all_vectors(std::span<const uint8_t> learned) const {
  const torch::NoGradGuard no_grad;
  constexpr int64_t kBlock = 65'536;
  const int64_t count = task_.num_items + 1, d = recipe_.dimension;
  Tensor ids = torch::zeros({count}, torch::kInt64);
  for (int64_t row = 1; row < count; ++row) {
    if (learned[static_cast<size_t>(row - 1)]) ids.data_ptr<int64_t>()[row] = row;
  }
  std::vector<float> out(static_cast<size_t>(count * d));
  for (int64_t first = 0; first < count; first += kBlock) {
    const int64_t rows = std::min(kBlock, count - first);
    const Tensor block = items(ids.narrow(0, first, rows), torch::arange(first, first + rows));
    std::copy_n(block.contiguous().data_ptr<float>(), rows * d, out.data() + first * d);
  }
  return out;
}

InteractAffine InteractRank::affine() const {
  const auto values = [](const Tensor& x) {
    const Tensor plain = x.detach().contiguous();
    return std::vector<float>(plain.data_ptr<float>(), plain.data_ptr<float>() + plain.numel());
  };
  return {values(cross_), values(biases_)};
}

RankGraphs InteractRank::graphs() const {
  const torch::NoGradGuard no_grad;
  return {.history = query_graph(), .candidates = item_graph()};
}

}  // namespace kaskad::train
