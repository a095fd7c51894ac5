// The scan over one byte a coordinate, and the best found scored again in fp32: a quarter of the
// memory that the exact scan reads, at a recall so near to 1 that the rounding shows only between
// neighbours in the list. Where a few numbers an item bound the products well enough
// (leading_bounds.h), those are scanned before: an answer that they prove to be the exact one needs
// no scan of the bytes.
#pragma once

#include <optional>

#include "kaskad/core/aligned_array.h"
#include "kaskad/retrieval/best_candidates.h"
#include "kaskad/retrieval/built_index.h"
#include "kaskad/retrieval/leading_bounds.h"

namespace kaskad {

// Keeps codes of its own, dimension + 4 bytes an item and two for each place of the bounds, and
// refers to the items, which must outlive it.
class Int8Index : public BuiltIndex {
 public:
  Int8Index(std::span<const float> items, size_t dimension);

  // Bounds of so many places are scanned first; 0: none.
  void lead_with(size_t places);
  size_t leading() const { return leading_ ? leading_->places() : 0; }
  // The share of these queries, each asked for its k best, that the bounds answer.
  double proven(std::span<const float> queries, size_t k) const;

  void search(std::span<const float> vectors, std::span<const ItemFilter* const> filters, size_t k,
              std::span<ScoredItem> out) const override;
  size_t bytes() const override;

 private:
  struct Batch;  // neighbouring queries of a search, and their rows of its answer

  // The best of those found in fp32; whether the bounds prove that they are the best of all.
  bool score_bounded(const float* query, const LeadingBounds::Scale& scale, size_t k,
                     Candidates& found, TopK& best) const;
  // Answers what the bounds prove, and returns the numbers of the other queries.
  std::vector<size_t> answer_by_bounds(const Batch& batch) const;
  void answer_by_codes(const Batch& batch) const;

  std::span<const float> items_;
  size_t num_items_, dimension_;
  AlignedArray<uint8_t> codes_;  // pack_codes() of kernels/int8_scan.h
  AlignedArray<float> scales_;
  std::optional<LeadingBounds> leading_;
};

// Gives the index the bounds that answer nine in ten of the queries, the shortest that do; none
// where there are none, or the catalogue is too short to gain by them.
void choose_leading(Int8Index& index, size_t num_items, size_t dimension,
                    std::span<const float> queries, size_t k);

}  // namespace kaskad
