// Which arm of each layer a user has: a function of the salts and the user's id, so that every
// server and every day gives the same answer and nothing is stored. Called by the server for each
// request; safe to ask from many threads.
//
//   place  = hash(hash(layer salt, hash(experiment salt, kind)), user) * kBuckets / 2^64
//   arm    = the one whose run of buckets holds the place; runs follow each other as in the file
//
// Layers have unrelated hashes, so a user's arm in one says nothing of the arm in another. The
// held-out users are found by a third kind of hash, and belong to no layer. An arm that grows into
// the layer's rest moves nobody else as long as only the last arm's share changes; any other change
// of shares moves users between arms and deserves a new salt.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kaskad/experiment/config.h"

namespace kaskad {

// Shares are rounded to this part of the users: 0.01%.
inline constexpr uint32_t kBuckets = 10'000;

struct AssignedArms {
  bool held_out = false;
  // (layers): index of the arm; nothing for a user of the layer's rest, and for who is held out.
  std::vector<std::optional<size_t>> arms;
};

class Assignment {
 public:
  explicit Assignment(ExperimentConfig config);

  const ExperimentConfig& config() const { return config_; }

  AssignedArms of(std::string_view user) const;
  bool held_out(std::string_view user) const;
  // Of a layer, whether or not the user is held out.
  uint32_t bucket(size_t layer, std::string_view user) const;
  std::optional<size_t> arm_of_bucket(size_t layer, uint32_t bucket) const;

 private:
  struct Layer {
    uint64_t seed;
    std::vector<uint32_t> ends;  // (arms): the bucket behind each arm's run
  };

  ExperimentConfig config_;
  uint64_t holdout_seed_;
  uint32_t holdout_end_;
  std::vector<Layer> layers_;
};

}  // namespace kaskad
