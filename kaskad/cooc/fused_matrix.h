// One weighting, one normalisation, the best K of each row: counted, normalised and cut row by
// row, so that the counts of a whole catalogue are never stored. The way to a single matrix on a
// large log; the grid, which normalises the same counts many ways, goes through PairCounts.
#pragma once

#include "kaskad/cooc/item_matrix.h"
#include "kaskad/cooc/sequences.h"

namespace kaskad {

// Whether fused_matrix() can build it: no clock, and a top_k to cut at.
bool can_fuse(const PairWeighting& weighting, const Normalisation& normalisation);

// Equal to count_pairs() and build_item_matrix() up to the order of float sums; rows are ordered
// best first, among equals by falling popularity. For a bag the histories of `sequences` are
// enough. Memory: the result, 8 bytes an event (or what bit_rows.h says), and at most 11 bytes an
// item and thread.
ItemMatrix fused_matrix(const Sequences& sequences, const PairWeighting& weighting,
                        const Normalisation& normalisation, int threads);

}  // namespace kaskad
