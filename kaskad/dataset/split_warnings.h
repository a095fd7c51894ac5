// What a reader of results must know about a split: private to kaskad/dataset/split*.cc.
#pragma once

#include <string>
#include <vector>

#include "kaskad/dataset/split.h"

namespace kaskad {

// Looks at the test phase: few cases, learned events from the targets' future, targets that
// share their time with the event before them. Texts carry the numbers.
std::vector<std::string> split_warnings(const Dataset& dataset, const Split& split);

}  // namespace kaskad
