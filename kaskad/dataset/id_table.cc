#include "kaskad/dataset/id_table.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "kaskad/core/error.h"

namespace kaskad {
namespace {

constexpr size_t kBlock = 1 << 20;
constexpr size_t kGroup = 32;

uint32_t hash_of(std::string_view name) {
  return static_cast<uint32_t>(XXH3_64bits(name.data(), name.size()));
}

}  // namespace

IdTable::IdTable() : slots_(1024, Slot{0, kFree}) {}

void IdTable::map(std::span<const std::string_view> names, std::span<uint32_t> ids) {
  KASKAD_ASSERT(names.size() == ids.size());
  std::array<uint32_t, kGroup> hash;
  for (size_t begin = 0; begin < names.size(); begin += kGroup) {
    const size_t count = std::min(kGroup, names.size() - begin);
    const size_t mask = slots_.size() - 1;
    for (size_t i = 0; i < count; ++i) {
      hash[i] = hash_of(names[begin + i]);
      __builtin_prefetch(&slots_[hash[i] & mask]);
    }
    // The first slot is usually the right one: bring its name, then the name's bytes.
    for (size_t i = 0; i < count; ++i) {
      const uint32_t id = slots_[hash[i] & mask].id;
      if (id != kFree) __builtin_prefetch(&names_[id]);
    }
    for (size_t i = 0; i < count; ++i) {
      const uint32_t id = slots_[hash[i] & mask].id;
      if (id != kFree) __builtin_prefetch(names_[id].data());
    }
    for (size_t i = 0; i < count; ++i) ids[begin + i] = map_one(names[begin + i], hash[i]);
  }
}

uint32_t IdTable::map_one(std::string_view name, uint32_t hash) {
  const size_t mask = slots_.size() - 1;
  for (size_t at = hash & mask;; at = (at + 1) & mask) {
    const Slot slot = slots_[at];
    if (slot.id == kFree) {
      const uint32_t id = add(name);
      slots_[at] = {hash, id};
      if (names_.size() * 2 > slots_.size()) grow();
      return id;
    }
    if (slot.hash == hash && names_[slot.id] == name) return slot.id;
  }
}

std::optional<uint32_t> IdTable::find(std::string_view name) const {
  const uint32_t hash = hash_of(name);
  const size_t mask = slots_.size() - 1;
  for (size_t at = hash & mask; slots_[at].id != kFree; at = (at + 1) & mask) {
    if (slots_[at].hash == hash && names_[slots_[at].id] == name) return slots_[at].id;
  }
  return std::nullopt;
}

uint32_t IdTable::add(std::string_view name) {
  if (names_.size() >= kFree - 1) throw Error("the log has more than 4294967294 distinct ids");
  if (name.size() > block_left_) {
    block_left_ = std::max(kBlock, name.size());
    blocks_.push_back(std::make_unique_for_overwrite<char[]>(block_left_));
    block_end_ = blocks_.back().get();
    block_bytes_ += block_left_;
  }
  if (!name.empty()) std::memcpy(block_end_, name.data(), name.size());
  names_.emplace_back(block_end_, name.size());
  block_end_ += name.size();
  block_left_ -= name.size();
  return static_cast<uint32_t>(names_.size() - 1);
}

void IdTable::grow() {
  std::vector<Slot> larger(slots_.size() * 2, Slot{0, kFree});
  const size_t mask = larger.size() - 1;
  for (const Slot& slot : slots_) {
    if (slot.id == kFree) continue;
    size_t at = slot.hash & mask;
    while (larger[at].id != kFree) at = (at + 1) & mask;
    larger[at] = slot;
  }
  slots_ = std::move(larger);
}

uint64_t IdTable::memory() const {
  return slots_.size() * sizeof(Slot) + names_.capacity() * sizeof(std::string_view) + block_bytes_;
}

}  // namespace kaskad
