// Items renumbered by falling popularity, as "places": the accumulators of the items that occur
// most then lie together and stay in the first-level cache.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace kaskad {

struct PopularityOrder {
  std::vector<uint32_t> item;    // (items): of each place
  std::vector<uint32_t> place;   // (items): of each item
  std::vector<uint32_t> events;  // (items): of each place, falling

  // occurrences: (items). Among equals the lower item comes first.
  static PopularityOrder of(std::span<const uint32_t> occurrences);
};

// How often each of `num_items` occurs in `items`.
std::vector<uint32_t> count_occurrences(std::span<const uint32_t> items, size_t num_items,
                                        int threads);

}  // namespace kaskad
