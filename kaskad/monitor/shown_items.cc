#include "kaskad/monitor/shown_items.h"

#include <cmath>

#include "kaskad/core/error.h"
#include "kaskad/core/hash.h"

namespace kaskad {
namespace {

constexpr double kMillion = 1e6;

}  // namespace

void ShownItems::add(std::span<const std::string_view> items, std::span<const double> places) {
  KASKAD_ASSERT(items.size() == places.size());
  const std::lock_guard lock(mutex_);
  for (size_t i = 0; i < items.size(); ++i) {
    const Shown one{hash64(items[i]), static_cast<uint32_t>(std::lround(places[i] * kMillion))};
    ++counts_[one.item];
    places_ += one.place;
    if (ring_.size() < window_) {
      ring_.push_back(one);
      continue;
    }
    Shown& oldest = ring_[next_];
    const auto count = counts_.find(oldest.item);
    if (--count->second == 0) counts_.erase(count);
    places_ -= oldest.place;
    oldest = one;
    next_ = (next_ + 1) % window_;
  }
}

ShownItems::Reading ShownItems::reading() const {
  const std::lock_guard lock(mutex_);
  if (ring_.empty()) return {};
  return {ring_.size(), counts_.size(),
          static_cast<double>(places_) / kMillion / static_cast<double>(ring_.size())};
}

}  // namespace kaskad
