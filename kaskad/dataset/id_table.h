// Ids as strings -> dense ids in order of first appearance, while a log is read. A hash table
// with open addressing over 8-byte slots and an arena for the bytes: about 60 bytes an id.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace kaskad {

// Not thread-safe.
class IdTable {
 public:
  IdTable();

  size_t size() const { return names_.size(); }

  // Ids of `names`, new ones being added; both have the same length. Looks up in groups whose
  // memory accesses overlap: several times faster than one by one once the table leaves the cache.
  void map(std::span<const std::string_view> names, std::span<uint32_t> ids);

  std::optional<uint32_t> find(std::string_view name) const;

  // By id; the views live as long as the table.
  const std::vector<std::string_view>& names() const { return names_; }

  uint64_t memory() const;  // bytes held

 private:
  struct Slot {
    uint32_t hash;
    uint32_t id;  // kFree when nobody's
  };
  static constexpr uint32_t kFree = 0xffffffffu;

  uint32_t map_one(std::string_view name, uint32_t hash);
  uint32_t add(std::string_view name);
  void grow();

  std::vector<Slot> slots_;  // a power of two, at most half full
  std::vector<std::string_view> names_;
  std::vector<std::unique_ptr<char[]>> blocks_;
  size_t block_left_ = 0;
  char* block_end_ = nullptr;  // where the next name goes
  uint64_t block_bytes_ = 0;
};

}  // namespace kaskad
