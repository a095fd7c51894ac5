#include "kaskad/train/negatives.h"

#include <cmath>
#include <utility>

#include "kaskad/core/error.h"

namespace kaskad::train {
namespace {

torch::Tensor frequency_of(const ItemFrequency& frequency, const torch::Tensor& items) {
  const torch::Tensor& probability = frequency.probability();
  return probability.index_select(0, items.reshape({-1}).to(probability.device()))
      .reshape(items.sizes())
      .to(items.device());
}

class UniformSampler : public NegativeSampler {
 public:
  UniformSampler(int64_t num_items, torch::Generator generator)
      : num_items_(num_items), generator_(std::move(generator)) {}

  torch::Tensor draw(const torch::Tensor& batch_targets, int64_t sets, int64_t count) override {
    const auto options = torch::dtype(torch::kInt64).device(generator_.device());
    return torch::randint(num_items_, {sets, count}, generator_, options)
        .to(batch_targets.device());
  }
  torch::Tensor log_probability(const torch::Tensor& items) const override {
    return torch::full(items.sizes(), -std::log(static_cast<double>(num_items_)),
                       items.options().dtype(torch::kFloat32));
  }

 private:
  int64_t num_items_;
  torch::Generator generator_;
};

// One of the batch's targets, its own sequence's included: close to the frequency of targets when
// a batch holds many sequences.
class InBatchSampler : public NegativeSampler {
 public:
  InBatchSampler(const ItemFrequency& frequency, torch::Generator generator)
      : frequency_(frequency), generator_(std::move(generator)) {}

  torch::Tensor draw(const torch::Tensor& batch_targets, int64_t sets, int64_t count) override {
    const auto options = torch::dtype(torch::kInt64).device(generator_.device());
    const torch::Tensor place =
        torch::randint(batch_targets.numel(), {sets * count}, generator_, options);
    return batch_targets.index_select(0, place.to(batch_targets.device())).view({sets, count});
  }
  torch::Tensor log_probability(const torch::Tensor& items) const override {
    return log_frequency(frequency_, items);
  }

 private:
  const ItemFrequency& frequency_;
  torch::Generator generator_;
};

// q = share * frequency + (1 - share) / |I|
class MixedSampler : public NegativeSampler {
 public:
  MixedSampler(const ItemFrequency& frequency, double share, torch::Generator generator)
      : frequency_(frequency),
        num_items_(frequency.probability().numel()),
        share_(share),
        generator_(generator),
        in_batch_(frequency, generator),
        uniform_(num_items_, generator) {}

  torch::Tensor draw(const torch::Tensor& batch_targets, int64_t sets, int64_t count) override {
    const torch::Tensor from_batch =
        torch::rand({sets, count}, generator_, torch::device(generator_.device())) < share_;
    return torch::where(from_batch.to(batch_targets.device()),
                        in_batch_.draw(batch_targets, sets, count),
                        uniform_.draw(batch_targets, sets, count));
  }
  torch::Tensor log_probability(const torch::Tensor& items) const override {
    return (frequency_of(frequency_, items) * share_ +
            (1 - share_) / static_cast<double>(num_items_))
        .clamp_min(kLeastProbability)
        .log();
  }

 private:
  const ItemFrequency& frequency_;
  int64_t num_items_;
  double share_;
  torch::Generator generator_;
  InBatchSampler in_batch_;
  UniformSampler uniform_;
};

// q ~ frequency^power, by binary search in the running sum.
class PopularitySampler : public NegativeSampler {
 public:
  PopularitySampler(const ItemFrequency& frequency, double power, torch::Generator generator)
      : frequency_(frequency), power_(power), generator_(std::move(generator)) {}

  torch::Tensor draw(const torch::Tensor& batch_targets, int64_t sets, int64_t count) override {
    refresh();
    const auto options = torch::dtype(torch::kFloat64).device(generator_.device());
    const torch::Tensor point =
        torch::rand({sets, count}, generator_, options).to(torch::kCPU) * total_;
    // right: a point that equals a sum belongs to the next item, so that items of weight 0 are
    // never drawn; rounding may still lift a point to the total.
    return torch::searchsorted(sums_, point, /*out_int32=*/false, /*right=*/true)
        .clamp_max(last_)
        .to(batch_targets.device());
  }
  torch::Tensor log_probability(const torch::Tensor& items) const override {
    refresh();
    return (frequency_of(frequency_, items).pow(power_) / total_)
        .clamp_min(kLeastProbability)
        .log();
  }

 private:
  // Streaming frequencies move between two draws; counted ones are summed once.
  void refresh() const {
    const torch::Tensor& probability = frequency_.probability();
    if (summed_.defined() && torch::equal(summed_, probability)) return;
    summed_ = probability.clone();
    const torch::Tensor weight = summed_.to(torch::kFloat64).pow(power_);
    sums_ = weight.cumsum(0);
    total_ = sums_[-1].item<double>();
    last_ = weight.nonzero().max().item<int64_t>();
  }

  const ItemFrequency& frequency_;
  double power_;
  torch::Generator generator_;
  mutable torch::Tensor summed_;  // the frequencies that sums_ was made of
  mutable torch::Tensor sums_;    // (items) float64
  mutable double total_ = 0;
  mutable int64_t last_ = 0;  // the last item with a weight
};

}  // namespace

torch::Tensor log_frequency(const ItemFrequency& frequency, const torch::Tensor& items) {
  return frequency_of(frequency, items).clamp_min(kLeastProbability).log();
}

std::unique_ptr<NegativeSampler> make_sampler(const Recipe& recipe, const ItemFrequency& frequency,
                                              torch::Generator generator) {
  switch (recipe.negatives) {
    case NegativeKind::kUniform:
      return std::make_unique<UniformSampler>(frequency.probability().numel(), generator);
    case NegativeKind::kInBatch:
      return std::make_unique<InBatchSampler>(frequency, generator);
    case NegativeKind::kMixed:
      return std::make_unique<MixedSampler>(frequency, recipe.mixed_share, generator);
    case NegativeKind::kPopularity:
      return std::make_unique<PopularitySampler>(frequency, recipe.popularity_power, generator);
  }
  KASKAD_ASSERT(false);
  return nullptr;
}

}  // namespace kaskad::train
