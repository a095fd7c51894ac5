// Requests of random items, to time a ranker with. Called by `kaskad bench rank` and by bench/.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <vector>

#include "kaskad/model/ranker_bundle.h"

namespace kaskad {

// Requests of one list. Number i has a history that no other of the first kDistinct has, so that
// nothing which is kept of histories helps. Read-only, thread-safe; must outlive its requests.
class RandomRequests {
 public:
  static constexpr size_t kDistinct = 100'000;

  RandomRequests(const RankerBundle& bundle, size_t history, size_t candidates)
      : items_(kDistinct + history), times_(history), candidates_(candidates) {
    std::mt19937 random(1);
    std::uniform_int_distribution<uint32_t> any(0, static_cast<uint32_t>(bundle.items.size()) - 1);
    for (ItemId& item : items_) item = ItemId{any(random)};
    for (ItemId& item : candidates_) item = ItemId{any(random)};
    for (size_t e = 0; e < history; ++e) times_[e] = static_cast<int64_t>(e) * kMinute;
    for (size_t c = 0; c < candidates; ++c) {
      scores_.push_back(static_cast<float>(candidates - c));
      ranks_.push_back(static_cast<uint32_t>(c + 1));
    }
    context_.resize(candidates * bundle.ranker->context_names().size());
  }

  RankRequest operator()(size_t number) const {
    RankRequest request;
    request.history.items =
        std::span<const ItemId>(items_).subspan(number % kDistinct, times_.size());
    request.history.times = times_;
    request.now = static_cast<int64_t>(times_.size() + 1) * kMinute;
    request.candidates = candidates_;
    request.scores = scores_;
    request.ranks = ranks_;
    request.context = context_;
    return request;
  }

 private:
  static constexpr int64_t kMinute = 60'000;  // in milliseconds

  std::vector<ItemId> items_;
  std::vector<int64_t> times_;
  std::vector<ItemId> candidates_;
  std::vector<float> scores_, context_;
  std::vector<uint32_t> ranks_;
};

}  // namespace kaskad
