// Numbers for keys in the order of their first appearance, while counting: tuples of codes, and
// pairs of a row and a code. Open addressing; not thread-safe.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

namespace kaskad {

inline constexpr uint32_t kNoKey = 0xffffffffu;

// Bijective and well mixed (the finalizer of MurmurHash3).
inline uint64_t mix_key(uint64_t x) {
  x = (x ^ (x >> 33)) * 0xff51afd7ed558ccdULL;
  x = (x ^ (x >> 33)) * 0xc4ceb9fe1a85ec53ULL;
  return x ^ (x >> 33);
}

inline uint64_t hash_tuple(std::span<const uint32_t> codes) {
  uint64_t hash = 0;
  for (const uint32_t code : codes) hash = mix_key(hash + code + 1);
  return hash;
}

// Tuples of `width` codes -> 0, 1, ...
class TupleTable {
 public:
  explicit TupleTable(size_t width) : width_(width), slots_(16, kNoKey) {}

  size_t size() const { return count_; }
  size_t width() const { return width_; }
  std::span<const uint32_t> tuple(size_t number) const {
    return std::span(codes_).subspan(number * width_, width_);
  }
  const std::vector<uint32_t>& codes() const { return codes_; }  // (tuples, width)

  uint32_t find(std::span<const uint32_t> tuple) const { return slots_[slot_of(tuple)]; }

  uint32_t add(std::span<const uint32_t> tuple) {
    const size_t slot = slot_of(tuple);
    if (slots_[slot] != kNoKey) return slots_[slot];
    const uint32_t number = count_++;
    codes_.insert(codes_.end(), tuple.begin(), tuple.end());
    slots_[slot] = number;
    if (count_ * 2 > slots_.size()) grow();
    return number;
  }

 private:
  size_t slot_of(std::span<const uint32_t> wanted) const {
    const size_t mask = slots_.size() - 1;
    size_t slot = hash_tuple(wanted) & mask;
    while (slots_[slot] != kNoKey &&
           !std::equal(wanted.begin(), wanted.end(), codes_.begin() + at(slots_[slot]))) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }
  ptrdiff_t at(uint32_t number) const { return static_cast<ptrdiff_t>(number * width_); }
  void grow() {
    slots_.assign(slots_.size() * 2, kNoKey);
    for (uint32_t number = 0; number < count_; ++number) slots_[slot_of(tuple(number))] = number;
  }

  size_t width_;
  uint32_t count_ = 0;
  std::vector<uint32_t> codes_, slots_;
};

// (row, code) -> 0, 1, ...
class PairTable {
 public:
  PairTable() : slots_(16) {}

  size_t size() const { return count_; }
  uint32_t find(uint32_t row, uint32_t code) const {
    return slots_[slot_of(key(row, code))].number;
  }
  // Asks memory for what find() will read.
  void prefetch(uint32_t row, uint32_t code) const {
    __builtin_prefetch(&slots_[mix_key(key(row, code)) & (slots_.size() - 1)]);
  }
  uint32_t add(uint32_t row, uint32_t code) {
    const size_t slot = slot_of(key(row, code));
    if (slots_[slot].number != kNoKey) return slots_[slot].number;
    slots_[slot] = {key(row, code), count_};
    const uint32_t number = count_++;
    if (size_t{count_} * 8 > slots_.size() * 5) grow();
    return number;
  }

 private:
  struct Slot {
    uint64_t key = 0;
    uint32_t number = kNoKey;
  };
  static uint64_t key(uint32_t row, uint32_t code) { return uint64_t{row} << 32 | code; }
  size_t slot_of(uint64_t key) const {
    const size_t mask = slots_.size() - 1;
    size_t slot = mix_key(key) & mask;
    while (slots_[slot].number != kNoKey && slots_[slot].key != key) slot = (slot + 1) & mask;
    return slot;
  }
  void grow() {
    std::vector<Slot> old(slots_.size() * 2);
    old.swap(slots_);
    for (const Slot& one : old) {
      if (one.number != kNoKey) slots_[slot_of(one.key)] = one;
    }
  }

  uint32_t count_ = 0;
  std::vector<Slot> slots_;
};

}  // namespace kaskad
