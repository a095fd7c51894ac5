// --score-of of `kaskad train-ranker`: other rankers whose scores are features.
#pragma once

#include <string>
#include <vector>

#include "kaskad/dataset/dataset.h"
#include "kaskad/ranking/gbdt_features.h"

namespace kaskad::cli {

// "NAME=DIRECTORY" or a directory each. Throws Error when one was made for other items.
std::vector<NestedRanker> open_nested(const std::vector<std::string>& given,
                                      const Dataset& dataset);

}  // namespace kaskad::cli
