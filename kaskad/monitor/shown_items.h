// Coverage and popularity of what is served: of the last items shown, how many are distinct, and
// how popular they are. A model that broke into "everybody gets the same ten" shows here first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace kaskad {

// Thread-safe.
class ShownItems {
 public:
  explicit ShownItems(size_t window = 10'000) : window_(window) {}

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
    uint64_t item;   // hash
    uint32_t place;  // in millionths, so that the sum never drifts
  };

  const size_t window_;
  mutable std::mutex mutex_;
  std::vector<Shown> ring_;
  size_t next_ = 0;
  uint64_t places_ = 0;                            // sum
  std::unordered_map<uint64_t, uint32_t> counts_;  // by item
};

}  // namespace kaskad
