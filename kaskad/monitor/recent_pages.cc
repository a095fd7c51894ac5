#include "kaskad/monitor/recent_pages.h"

#include <algorithm>

#include "kaskad/core/hash.h"

namespace kaskad {
namespace {

uint32_t short_hash(std::string_view item) { return static_cast<uint32_t>(hash64(item)); }

}  // namespace

RecentPages::RecentPages(size_t capacity)
    : capacity_(std::max<size_t>(1, (capacity + kShards - 1) / kShards)) {}

bool RecentPages::add(uint64_t key, std::span<const std::string_view> items, std::string_view query,
                      std::shared_ptr<const Cohort> cohort) {
  Shard& shard = shard_of(key);
  const std::lock_guard lock(shard.mutex);
  const auto [place, is_new] = shard.places.try_emplace(key, 0);
  if (!is_new) return false;
  if (shard.ring.size() < capacity_) {
    place->second = static_cast<uint32_t>(shard.ring.size());
    shard.ring.emplace_back();
  } else {
    place->second = static_cast<uint32_t>(shard.next);
    shard.places.erase(shard.ring[shard.next].key);
    shard.next = (shard.next + 1) % capacity_;
  }
  // The oldest page's memory becomes the new one's.
  Page& page = shard.ring[shard.places.at(key)];
  page.key = key;
  page.cohort = std::move(cohort);
  page.items.clear();
  page.clicked.clear();
  page.query = query;
  page.useful = false;
  for (const std::string_view item : items) page.items.push_back(short_hash(item));
  return true;
}

std::string RecentPages::query_of(uint64_t key) {
  Shard& shard = shard_of(key);
  const std::lock_guard lock(shard.mutex);
  const auto found = shard.places.find(key);
  return found == shard.places.end() ? std::string() : shard.ring[found->second].query;
}

std::optional<PageChange> RecentPages::act(uint64_t key, std::string_view item, bool click,
                                           bool useful) {
  Shard& shard = shard_of(key);
  const uint32_t hash = short_hash(item);
  const std::lock_guard lock(shard.mutex);
  const auto found = shard.places.find(key);
  if (found == shard.places.end()) return std::nullopt;
  Page& page = shard.ring[found->second];
  PageChange change{.shown = std::ranges::find(page.items, hash) != page.items.end(),
                    .cohort = page.cohort};
  if (!change.shown) return change;
  if (click && std::ranges::find(page.clicked, hash) == page.clicked.end()) {
    page.clicked.push_back(hash);
    change.first_click = true;
  }
  change.first_useful = useful && !page.useful;
  page.useful |= useful;
  return change;
}

}  // namespace kaskad
