#include "kaskad/train/bce_loss.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "kaskad/core/error.h"
#include "kaskad/train/loss_items.h"
#include "kaskad/train/loss_tiles.h"

namespace kaskad::train {
namespace {

using torch::Tensor;

class GbceTile : public TileLoss {
 public:
  GbceTile(double beta, double bias, const Hits& hits)
      : beta_(beta), bias_(bias), hits_(hits), masked_(torch::scalar_tensor(kMasked)) {}

  TileGradient operator()(const Tile& tile) const override {
    hits_.add(tile.scores, tile.begin, tile.end, masked_);
    Tensor scores = tile.scores;
    scores.add_(bias_);
    const Tensor positive = tile.positive + bias_;
    const Tensor loss = torch::softplus(-positive) * beta_ + torch::softplus(scores).sum(1);
    scores.sigmoid_();
    return {loss, (-positive).sigmoid() * -beta_, torch::ones_like(positive)};
  }

 private:
  double beta_, bias_;
  const Hits& hits_;
  Tensor masked_;
};

}  // namespace

BceLoss::BceLoss(std::unique_ptr<NegativeSampler> sampler, torch::Generator generator)
    : sampler_(std::move(sampler)), generator_(std::move(generator)) {}

Tensor BceLoss::operator()(const Places& places, SequenceModel& model) {
  const Tensor& targets = places.targets;
  if (targets.numel() == 0) return places.states.sum();
  KASKAD_ASSERT(model.num_items() > 1);
  const auto options = torch::dtype(torch::kInt64).device(generator_.device());
  const Tensor other = torch::randint(1, model.num_items(), targets.sizes(), generator_, options);
  Tensor negatives = sampler_->draw(targets, targets.numel(), 1).squeeze(1);
  negatives =
      torch::where(negatives == targets,
                   (targets + other.to(targets.device())).remainder(model.num_items()), negatives);
  const Tensor vectors = model.item_vectors(torch::stack({targets, negatives}));
  const Tensor scores = (vectors * places.states.unsqueeze(0)).sum(2);  // (2, places)
  return (torch::softplus(-scores[0]) + torch::softplus(scores[1])).mean();
}

GbceLoss::GbceLoss(std::unique_ptr<NegativeSampler> sampler, int64_t count, double t)
    : sampler_(std::move(sampler)), count_(count), t_(t) {}

Tensor GbceLoss::operator()(const Places& places, SequenceModel& model) {
  if (places.targets.numel() == 0) return places.states.sum();
  std::vector<int64_t> set_begin = set_per_sequence(places);
  const auto sets = static_cast<int64_t>(set_begin.size()) - 1;
  const Tensor negatives = sampler_->draw(places.targets, sets, count_);
  const LossItems items = item_rows(model, places.targets, negatives);
  const Hits hits = find_hits(items, set_begin);
  const double beta = gbce_beta(count_, model.num_items(), t_);
  return tiled_mean(
      {places.states, items.vectors, items.target_rows, items.candidate_rows, std::move(set_begin)},
      GbceTile(beta, gbce_bias(beta, count_), hits));
}

double gbce_bias(double beta, int64_t negatives) {
  return std::log(beta / static_cast<double>(negatives));
}

double gbce_beta(int64_t negatives, int64_t num_items, double t) {
  const double others = static_cast<double>(std::max<int64_t>(1, num_items - 1));
  const double alpha = std::min(1.0, static_cast<double>(negatives) / others);
  return alpha * (t * (1 - 1 / alpha) + 1 / alpha);
}

}  // namespace kaskad::train
