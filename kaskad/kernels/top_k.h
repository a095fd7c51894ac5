// The k best of many scores: a threshold that rises while scanning, and a small buffer above it.
#pragma once

#include <cstddef>
#include <cstdint>
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

// Collects candidates one by one. Not thread-safe; reusable.
class TopK {
 public:
  explicit TopK(size_t k = 0) { reset(k); }
  void reset(size_t k);

  // Scores at or below this cannot get in (when enough were seen already).
  float threshold() const { return threshold_; }

  void offer(uint32_t item, float score) {
    if (score < threshold_ || k_ == 0) return;
    buffer_.push_back({score, item});
    if (buffer_.size() >= 2 * k_ + 64) shrink();
  }

  // The best, in order; valid until the next reset().
  const std::vector<Candidate>& finish();

 private:
  void shrink();

  size_t k_ = 0;
  float threshold_ = 0;
  std::vector<Candidate> buffer_;
  std::vector<uint64_t> keys_;  // of shrink()
};

// Offers items `first + j` for every scores[j] above `threshold()`, eight or sixteen at a time;
// scores at or below `floor` are never offered.
void offer_all(const float* scores, size_t count, uint32_t first, float floor, TopK& top);

}  // namespace kaskad
