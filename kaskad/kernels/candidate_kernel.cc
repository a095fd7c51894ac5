#include "kaskad/kernels/candidate_kernel.h"

#include <algorithm>

#include "kaskad/core/error.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kaskad/kernels/candidate_kernel.cc"
#include <hwy/cache_control.h>
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "kaskad/kernels/candidate_tile-inl.h"

KASKAD_BEFORE_CODES
namespace kaskad {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

const float* row_of(const PreparedInput& input, const CandidateList& list, size_t candidate) {
  return input.rows.data() + static_cast<size_t>(list.tokens[candidate]) * input.stride;
}

// Asks for the rows of candidates [begin, end), which lie anywhere in the catalogue.
HWY_INLINE void prefetch(const PreparedInput& input, const CandidateList& list, size_t begin,
                         size_t end) {
  for (size_t c = begin; c < std::min(end, list.tokens.size()); ++c) {
    const float* row = row_of(input, list, c);
    for (size_t i = 0; i < input.stride; i += 16) hwy::Prefetch(row + i);
  }
}

// Up to kTileColumns candidates of a list, from `first` on.
void score_tile_simd(const CandidateParts& parts, const PackedKeys& keys, const CandidateList& list,
                     size_t first, size_t count, TileScratch& s, float* scores) {
  const PreparedInput& input = parts.input;
  const size_t d = parts.dimension;
  const float* rows[kTileColumns];
  for (size_t c = 0; c < count; ++c) {
    rows[c] = row_of(input, list, first + c);
  }
  const float* gap = input.gaps.data() + list.gap * input.stride;
  gather(rows, count, 0, d, gap, s.x);
  float* const projected[] = {s.query, s.key, s.value};
  for (size_t part = 0; part < input.parts; ++part) {
    gather(rows, count, d * (1 + part), d, nullptr, projected[part]);
  }
  Tile tile(parts, keys, s, count);
  tile.prepared(gap + d);
  const size_t layers = parts.layers.size(), next = first + kTileColumns;
  for (size_t layer = 0; layer < layers; ++layer) {
    prefetch(input, list, next + layer * kTileColumns / layers,
             next + (layer + 1) * kTileColumns / layers);
    tile.layer(layer);
  }
  for (size_t c = 0; c < count; ++c) rows[c] = list.numbers.data() + (first + c) * parts.numbers;
  gather(rows, count, 0, parts.numbers, nullptr, tile.numbers());
  tile.head();
  for (size_t c = 0; c < count; ++c) {
    for (size_t a = 0; a < parts.actions; ++a) {
      scores[c * parts.actions + a] = s.scores[a * kTileColumns + c];
    }
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace kaskad
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace kaskad {

HWY_EXPORT(score_tile_simd);

CandidateKernel::~CandidateKernel() = default;

void CandidateKernel::score(const PackedKeys& keys, const CandidateList& list,
                            std::span<float> scores) const {
  const size_t m = list.tokens.size();
  KASKAD_ASSERT(keys.events > 0);
  KASKAD_ASSERT(scores.size() == m * parts_.actions);
  KASKAD_ASSERT(list.numbers.size() == m * parts_.numbers);
  KASKAD_ASSERT(list.gap < std::max<size_t>(parts_.buckets, 1));
  KASKAD_ASSERT(std::all_of(list.tokens.begin(), list.tokens.end(), [&](int64_t token) {
    return static_cast<uint64_t>(token) < parts_.tokens;
  }));
  const Pool<TileScratch>::Loan scratch(scratch_);
  if (scratch->events < keys.events) *scratch = TileScratch(parts_, keys.events);
  const auto score_tile = HWY_DYNAMIC_DISPATCH(score_tile_simd);
  for (size_t first = 0; first < m; first += kTileColumns) {
    const size_t count = std::min(kTileColumns, m - first);
    score_tile(parts_, keys, list, first, count, *scratch, scores.data() + first * parts_.actions);
  }
}

}  // namespace kaskad
#endif  // HWY_ONCE
