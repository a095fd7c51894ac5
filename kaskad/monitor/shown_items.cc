#include "kaskad/monitor/shown_items.h"

#include <cmath>
#include <limits>

#include "kaskad/core/error.h"
#include "kaskad/core/hash.h"

namespace kaskad {
namespace {

constexpr double kMillion = 1e6;

}  // namespace

ShownItems::ShownItems(size_t window) : window_(window), counts_(kSlots) {
  KASKAD_ASSERT(window > 0 && window <= std::numeric_limits<uint16_t>::max());
}

void ShownItems::add(std::span<const std::string_view> items, std::span<const double> places) {
  KASKAD_ASSERT(items.size() == places.size());
  std::vector<Shown> shown(items.size());
  for (size_t i = 0; i < items.size(); ++i) {
    shown[i] = {static_cast<uint32_t>(hash64(items[i]) % kSlots),
                static_cast<uint32_t>(std::lround(places[i] * kMillion))};
  }
  const std::lock_guard lock(mutex_);
  for (const Shown& one : shown) {
    if (ring_.size() == window_) {
      const Shown& oldest = ring_[next_];
      if (--counts_[oldest.slot] == 0) --taken_;
      places_ -= oldest.place;
      ring_[next_] = one;
      next_ = (next_ + 1) % window_;
    } else {
      ring_.push_back(one);
    }
    if (counts_[one.slot]++ == 0) ++taken_;
    places_ += one.place;
  }
}

ShownItems::Reading ShownItems::reading() const {
  const std::lock_guard lock(mutex_);
  if (ring_.empty()) return {};
  const double empty = 1 - static_cast<double>(taken_) / kSlots;
  return {ring_.size(), static_cast<size_t>(std::lround(-std::log(empty) * kSlots)),
          static_cast<double>(places_) / kMillion / static_cast<double>(ring_.size())};
}

}  // namespace kaskad
