// The newest pages, by user and request, with what came of each: for actions that name the page
// they answer to. Owned by page_quality.h.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace kaskad {

struct PageCounts {
  std::atomic<uint64_t> pages{0}, shown_items{0}, clicked_items{0}, useful_pages{0};

  // The same by group of users, of rows that are compared with each other.
  struct Group {
    std::atomic<uint32_t> pages{0}, useful_pages{0}, shown_items{0}, clicked_items{0};
  };
  std::vector<Group> groups;

  explicit PageCounts(size_t num_groups) : groups(num_groups) {}
};

// The counts that a page belongs to: its version's, and those of its arms.
using Cohort = std::vector<std::shared_ptr<PageCounts>>;

// What an action changed about its page.
struct PageChange {
  bool shown = false;         // the page has the item
  bool first_click = false;   // of the item
  bool first_useful = false;  // of the page
  std::shared_ptr<const Cohort> cohort = {};
};

// Thread-safe: pages lie in shards by their key, each with its own lock and its own ring. An item
// is 4 bytes of its hash, so that two of a page are taken for one in a page of a hundred thousand.
class RecentPages {
 public:
  explicit RecentPages(size_t capacity);

  // False where the page is there already.
  bool add(uint64_t key, std::span<const std::string_view> items, std::string_view query,
           std::shared_ptr<const Cohort> cohort);
  // Nothing where there is no such page.
  std::optional<PageChange> act(uint64_t key, std::string_view item, bool click, bool useful);
  // What the page was asked with; empty where there is no such page.
  std::string query_of(uint64_t key);

 private:
  struct Page {
    uint64_t key = 0;
    std::shared_ptr<const Cohort> cohort;
    std::vector<uint32_t> items;    // hashes
    std::vector<uint32_t> clicked;  // of these
    std::string query;
    bool useful = false;
  };
  struct Shard {
    std::mutex mutex;
    std::vector<Page> ring;
    size_t next = 0;                                // of the ring, once it is full
    std::unordered_map<uint64_t, uint32_t> places;  // in the ring, by key
  };
  static constexpr size_t kShards = 16;

  Shard& shard_of(uint64_t key) { return shards_[key % kShards]; }

  const size_t capacity_;  // of a shard
  std::array<Shard, kShards> shards_;
};

}  // namespace kaskad
