// The k best of many scores: a threshold that rises while scanning, and a buffer above it, which
// is kept in order where k is small and sorted when it is full where k is large.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace kaskad {

struct Candidate {
  float score;
  uint32_t item;
};

// Higher score first; among equals the lower item.
inline bool better(const Candidate& a, const Candidate& b) {
  return a.score != b.score ? a.score > b.score : a.item < b.item;
}

// Collects candidates one by one. Not thread-safe; reusable. Scores are not NaN.
class TopK {
 public:
  explicit TopK(size_t k = 0) { reset(k); }
  void reset(size_t k);

  // Scores below this cannot get in (when enough were seen already).
  float threshold() const { return threshold_; }

  void offer(uint32_t item, float score) {
    if (score < threshold_ || k_ == 0) return;
    if (k_ <= kOrderedK) return insert(key({score, item}));
    keys_.push_back(key({score, item}));
    if (keys_.size() >= 2 * k_ + 64) shrink();
  }

  // The best, in order; valid until the next reset().
  const std::vector<Candidate>& finish();

  // Candidates as integers that order as better() does: sorting those takes no branches.
  static uint64_t key(const Candidate& candidate) {
    constexpr uint32_t kSign = uint32_t{1} << 31;
    const auto bits = std::bit_cast<uint32_t>(candidate.score + 0.0f);  // one zero, not two
    const uint32_t ascending = bits & kSign ? ~bits : bits | kSign;
    return uint64_t{ascending} << 32 | static_cast<uint32_t>(~candidate.item);
  }
  static Candidate candidate(uint64_t key) {
    constexpr uint32_t kSign = uint32_t{1} << 31;
    const auto ascending = static_cast<uint32_t>(key >> 32);
    const uint32_t bits = ascending & kSign ? ascending ^ kSign : ~ascending;
    return {std::bit_cast<float>(bits), ~static_cast<uint32_t>(key)};
  }

 private:
  static constexpr size_t kOrderedK = 32;

  void insert(uint64_t key);
  void sort_and_cut();
  void shrink();

  size_t k_ = 0;
  float threshold_ = 0;
  std::vector<uint64_t> keys_;
  std::vector<Candidate> best_;
};

// Offers items `first + j` for every scores[j] above `threshold()`, eight or sixteen at a time;
// scores at or below `floor` are never offered.
void offer_all(const float* scores, size_t count, uint32_t first, float floor, TopK& top);

// Places of `scores` by falling score, equal ones in their order. Scores are not NaN.
std::vector<uint32_t> falling_order(std::span<const float> scores);

}  // namespace kaskad
