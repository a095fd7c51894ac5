#include "kaskad/train/sampled_softmax.h"

#include <utility>

#include "kaskad/train/loss_items.h"
#include "kaskad/train/loss_tiles.h"

namespace kaskad::train {
namespace {

using torch::Tensor;

// What turns scores into the terms of the estimate. Undefined tensors stand for 0.
struct Offsets {
  Tensor candidate;  // (sets, candidates), added to their scores
  Tensor hit;        // () or (hits), added to the scores of accidental hits
  Tensor gap;        // (places), added to log sum exp(s_j) - s+
};

// loss = log(1 + exp(gap)), gap = log sum_j exp(s_j + candidate_j) - s+ + gap offset
class SampledTile : public TileLoss {
 public:
  SampledTile(const Offsets& offsets, const Hits& hits) : offsets_(offsets), hits_(hits) {}

  TileGradient operator()(const Tile& tile) const override {
    const Tensor scores = tile.scores;
    if (offsets_.candidate.defined()) scores.add_(offsets_.candidate.select(0, tile.set));
    if (offsets_.hit.defined()) hits_.add(scores, tile.begin, tile.end, offsets_.hit);
    Tensor gap = softmax_in_place(scores) - tile.positive;
    if (offsets_.gap.defined()) gap += offsets_.gap.slice(0, tile.begin, tile.end);
    const Tensor doubt = gap.sigmoid();  // 1 - P(+)
    return {torch::softplus(gap), -doubt, doubt};
  }

 private:
  const Offsets& offsets_;
  const Hits& hits_;
};

// log(1 - q+) - log(draws that are not the target), from log q+ and the number of draws.
Tensor rest_of_catalogue(const Tensor& log_q, const Tensor& draws) {
  return torch::log1p(-log_q.exp().clamp_max(1 - 1e-6)) - draws.clamp_min(1).log();
}

Tensor masked() { return torch::scalar_tensor(kMasked); }

// The target's own place is its positive; the other m - 1 of its m draws in the batch stay.
Tensor others_of_target(const Tensor& multiplicity) {
  return torch::where(multiplicity > 1, ((multiplicity - 1).clamp_min(1) / multiplicity).log(),
                      torch::full_like(multiplicity, kMasked));
}

Tensor mean_over_places(const Places& places, const LossItems& items,
                        std::vector<int64_t> set_begin, const Offsets& offsets, const Hits& hits) {
  return tiled_mean(
      {places.states, items.vectors, items.target_rows, items.candidate_rows, std::move(set_begin)},
      SampledTile(offsets, hits));
}

}  // namespace

SampledSoftmaxLoss::SampledSoftmaxLoss(std::unique_ptr<NegativeSampler> sampler, int64_t count,
                                       LogqKind logq, bool per_batch)
    : sampler_(std::move(sampler)), count_(count), logq_(logq), per_batch_(per_batch) {}

Tensor SampledSoftmaxLoss::operator()(const Places& places, SequenceModel& model) {
  if (places.targets.numel() == 0) return places.states.sum();
  const std::vector<int64_t> set_begin = per_batch_ ? one_set(places) : set_per_sequence(places);
  const auto sets = static_cast<int64_t>(set_begin.size()) - 1;
  const Tensor negatives = sampler_->draw(places.targets, sets, count_);
  const LossItems items = item_rows(model, places.targets, negatives);
  Offsets offsets;
  Hits hits;
  if (logq_ != LogqKind::kClassic) {
    hits = find_hits(items, set_begin);
    offsets.hit = masked();
  }
  if (logq_ != LogqKind::kNone) {
    const auto type = places.states.scalar_type();
    const Tensor log_q = sampler_->log_probability(places.targets);
    offsets.candidate = -sampler_->log_probability(negatives).to(type);
    offsets.gap = logq_ == LogqKind::kClassic
                      ? log_q.to(type)
                      : rest_of_catalogue(log_q, static_cast<double>(count_) - hits.count).to(type);
  }
  return mean_over_places(places, items, set_begin, offsets, hits);
}

Tensor InBatchSoftmaxLoss::operator()(const Places& places, SequenceModel& model) {
  return of_vectors(places, [&](const Tensor& items) { return model.item_vectors(items); });
}

Tensor InBatchSoftmaxLoss::of_vectors(const Places& places, const ItemVectors& vectors) const {
  const int64_t num_places = places.targets.numel();
  if (num_places == 0) return places.states.sum();
  const auto [distinct, columns, counts] =
      at::_unique2(places.targets, /*sorted=*/true, /*return_inverse=*/true, /*counts=*/true);
  const LossItems items{vectors(distinct), columns,
                        torch::arange(distinct.numel(), columns.options()).unsqueeze(0)};
  const std::vector<int64_t> set_begin = one_set(places);
  const Hits hits = find_hits(items, set_begin);  // one a place
  const auto type = places.states.scalar_type();
  const Tensor multiplicity = counts.to(torch::kFloat32);
  const Tensor of_target = multiplicity.index_select(0, columns);
  Offsets offsets;
  offsets.candidate = multiplicity.log().unsqueeze(0).to(type);
  offsets.hit = logq_ == LogqKind::kClassic ? others_of_target(of_target) : masked();
  if (logq_ != LogqKind::kNone) {
    const Tensor log_q = log_frequency(frequency_, distinct);
    offsets.candidate -= log_q.unsqueeze(0).to(type);
    const Tensor log_q_target = log_q.index_select(0, columns);
    offsets.gap =
        logq_ == LogqKind::kClassic
            ? log_q_target.to(type)
            : rest_of_catalogue(log_q_target, static_cast<double>(num_places) - of_target).to(type);
  }
  return mean_over_places(places, items, set_begin, offsets, hits);
}

}  // namespace kaskad::train
