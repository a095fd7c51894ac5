#include "kaskad/cooc/popularity_order.h"

#include <algorithm>
#include <utility>

#include "kaskad/core/parallel.h"

namespace kaskad {

PopularityOrder PopularityOrder::of(std::span<const uint32_t> occurrences) {
  std::vector<uint64_t> keys(occurrences.size());  // rarest count in front, then the item
  for (size_t i = 0; i < keys.size(); ++i) {
    keys[i] = uint64_t{UINT32_MAX - occurrences[i]} << 32 | static_cast<uint32_t>(i);
  }
  std::sort(keys.begin(), keys.end());
  PopularityOrder order;
  order.place.resize(keys.size());
  for (size_t p = 0; p < keys.size(); ++p) {
    const auto item = static_cast<uint32_t>(keys[p]);
    order.item.push_back(item);
    order.events.push_back(occurrences[item]);
    order.place[item] = static_cast<uint32_t>(p);
  }
  return order;
}

std::vector<uint32_t> count_occurrences(std::span<const uint32_t> items, size_t num_items,
                                        int threads) {
  const auto parts = static_cast<size_t>(std::max(1, threads));
  std::vector<std::vector<uint32_t>> counts(parts);
  parallel_for(parts, threads, [&](size_t part, int) {
    counts[part].assign(num_items, 0);
    const size_t begin = items.size() * part / parts, end = items.size() * (part + 1) / parts;
    for (size_t e = begin; e < end; ++e) ++counts[part][items[e]];
  });
  for (size_t part = 1; part < parts; ++part) {
    for (size_t i = 0; i < num_items; ++i) counts[0][i] += counts[part][i];
  }
  return std::move(counts[0]);
}

}  // namespace kaskad
