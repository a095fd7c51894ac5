// The last step of a pre-ranker: one query vector against thousands of prepared candidates, each an
// item vector and a row of numbers, in one pass.
//   score = <query, vector[row]> + offset[row] + sum_j weight_j * f_j(x_j) + bias,
//   f_j(x) = x or bits_log2(x)
// Called by kaskad/ranking/interact_ranker (InteractRank, 2504.06609).
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace kaskad {

// log2 as the bits of a float say it: exact at powers of two, between them a straight line, at most
// .086 below the logarithm. For x above 0; x = 0 gives -127. A shape of numbers that training and
// serving share and that costs a subtraction and a conversion, where a logarithm costs twenty
// operations.
inline float bits_log2(float x) {
  constexpr int32_t kOne = 0x3f800000;
  return static_cast<float>(std::bit_cast<int32_t>(x) - kOne) * 0x1p-23F;
}

// Weights of a candidate's numbers, padded so that a kernel reads whole vectors of them.
class CrossWeights {
 public:
  CrossWeights() = default;
  // `logged` (numbers): 1 where bits_log2(x) is weighed and not x.
  CrossWeights(std::span<const float> weights, std::span<const uint8_t> logged);

  size_t size() const { return size_; }
  const float* weights() const { return weights_.data(); }   // those of logged numbers times 2^-23
  const uint32_t* logged() const { return logged_.data(); }  // all bits or none

 private:
  size_t size_ = 0;
  std::vector<float> weights_;
  std::vector<uint32_t> logged_;
};

// What stands in memory by item.
struct PreRankItems {
  const float* vectors = nullptr;  // (rows, dimension)
  size_t dimension = 0;
  // Of this request, or none: (rows) of which those count whose bit in `marked` (rows / 64, rounded
  // up) is set. The bits of a million items fit into a cache, their offsets do not.
  const float* offsets = nullptr;
  const uint64_t* marked = nullptr;

  float offset(uint32_t row) const {
    const bool counts = offsets != nullptr && (marked[row / 64] >> (row % 64) & 1) != 0;
    return counts ? offsets[row] : 0;
  }
};

// `rows` (candidates) into the vectors; `numbers` (candidates, cross.size()), row-major and
// finite; `query` (dimension); `scores` (candidates). A candidate's score does not depend on the
// others.
void pre_rank(const PreRankItems& items, std::span<const uint32_t> rows, const float* numbers,
              const float* query, const CrossWeights& cross, float bias, float* scores);
void pre_rank_reference(const PreRankItems& items, std::span<const uint32_t> rows,
                        const float* numbers, const float* query, const CrossWeights& cross,
                        float bias, float* scores);

}  // namespace kaskad
