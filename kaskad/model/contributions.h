// From the share of every event to the list that explain() answers with.
#pragma once

#include <span>
#include <vector>

#include "kaskad/model/retriever.h"

namespace kaskad {

// `shares` is (events), oldest first; events without a share are left out.
std::vector<Contribution> strongest_first(std::span<const float> shares);

}  // namespace kaskad
