// Puts all questions to one matrix under several history weightings at once and says at which
// rank each target stands in the full catalogue, seen items removed, ties in the middle.
#pragma once

#include <cstdint>
#include <vector>

#include "kaskad/cooc/item_matrix.h"
#include "kaskad/cooc/questions.h"
#include "kaskad/cooc/tile_matrix.h"

namespace kaskad {

// Ranks of the targets for each history weighting: ranks[h][t], 1 is best, and halves where the
// target shares its score with others; t counts through Questions::targets. A target whose score
// is no finite number stands last: the comparisons with it mean nothing.
using TargetRanks = std::vector<std::vector<float>>;

TargetRanks rank_targets(const TileMatrix& matrix, const Questions& questions,
                         const WeighedHistories& histories, int threads);
TargetRanks rank_targets(const MatrixView& matrix, const Questions& questions,
                         const WeighedHistories& histories, int threads);

}  // namespace kaskad
