#include "kaskad/experiment/assignment.h"

#include <algorithm>
#include <cmath>

#include "kaskad/core/error.h"
#include "kaskad/core/hash.h"

namespace kaskad {
namespace {

// Kinds of hashes: a layer that is named like something else still has a hash of its own.
enum : uint64_t { kLayerHash = 1, kHoldoutHash = 2 };

uint32_t place_of(std::string_view user, uint64_t seed) {
  // The upper half decides, as (hash >> 32) * kBuckets fits into 64 bits.
  return static_cast<uint32_t>((hash64(user, seed) >> 32) * kBuckets >> 32);
}

uint32_t to_buckets(double share) {
  return static_cast<uint32_t>(std::clamp(std::lround(share * kBuckets), 0L, long{kBuckets}));
}

}  // namespace

Assignment::Assignment(ExperimentConfig config)
    : config_(std::move(config)),
      holdout_seed_(hash64("", hash64(config_.salt, kHoldoutHash))),
      holdout_end_(to_buckets(config_.holdout)) {
  const uint64_t seed = hash64(config_.salt, kLayerHash);
  for (const ExperimentLayer& layer : config_.layers) {
    Layer& own = layers_.emplace_back(Layer{hash64(layer.salt, seed), {}});
    double sum = 0;  // rounded once each, so that rounding does not add up over arms
    for (const ExperimentArm& arm : layer.arms) own.ends.push_back(to_buckets(sum += arm.share));
  }
}

bool Assignment::held_out(std::string_view user) const {
  return holdout_end_ > 0 && place_of(user, holdout_seed_) < holdout_end_;
}

uint32_t Assignment::bucket(size_t layer, std::string_view user) const {
  KASKAD_ASSERT(layer < layers_.size());
  return place_of(user, layers_[layer].seed);
}

std::optional<size_t> Assignment::arm_of_bucket(size_t layer, uint32_t bucket) const {
  KASKAD_ASSERT(layer < layers_.size());
  const std::vector<uint32_t>& ends = layers_[layer].ends;
  const auto arm = std::upper_bound(ends.begin(), ends.end(), bucket);
  if (arm == ends.end()) return std::nullopt;
  return static_cast<size_t>(arm - ends.begin());
}

AssignedArms Assignment::of(std::string_view user) const {
  AssignedArms assigned{held_out(user), std::vector<std::optional<size_t>>(layers_.size())};
  if (assigned.held_out) return assigned;
  for (size_t l = 0; l < layers_.size(); ++l) {
    assigned.arms[l] = arm_of_bucket(l, bucket(l, user));
  }
  return assigned;
}

}  // namespace kaskad
