// Which places of a sequence a masked model is asked (BERT4Rec, 1904.06690). Called by the batcher.
#pragma once

#include <cstddef>
#include <vector>

#include "kaskad/train/random.h"

namespace kaskad::train {

// max(1, round(share * length)) of the places [0, length), ascending, each subset alike likely.
void choose_masked(size_t length, double share, Random random, std::vector<size_t>& places);

}  // namespace kaskad::train
