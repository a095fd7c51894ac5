// Coverage and popularity of what is served: of the last items shown, how many are distinct, and
// how popular they are. A model that broke into "everybody gets the same ten" shows here first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>
#include <string_view>
#include <vector>

namespace kaskad {

// Thread-safe. Items are counted in a table by their hash, some of them together; how many are
// distinct follows from the places that are taken (linear counting, Whang and others 1990): off by
// 0.1% at 10,000. That costs an answer a microsecond, and half a megabyte.
class ShownItems {
 public:
  explicit ShownItems(size_t window = 10'000);  // at most 65,535

  // Items of one answer; `places`, as many: 0 for the most popular item of the catalogue, 1 for the
  // least.
  void add(std::span<const std::string_view> items, std::span<const double> places);

  struct Reading {
    size_t shown = 0, distinct = 0;  // of the window
    double popularity = 0;           // mean place
  };
  Reading reading() const;

 private:
  struct Shown {
    uint32_t slot;
    uint32_t place;  // in millionths, so that the sum never drifts
  };
  static constexpr size_t kSlots = 1 << 18;

  const size_t window_;
  mutable std::mutex mutex_;
  std::vector<Shown> ring_;
  size_t next_ = 0;
  uint64_t places_ = 0;           // sum
  std::vector<uint16_t> counts_;  // (kSlots)
  size_t taken_ = 0;              // slots that hold any
};

}  // namespace kaskad
