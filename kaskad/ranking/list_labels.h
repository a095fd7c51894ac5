// Heads of stored lists and their labels, candidate by candidate. Called by all that learn from
// lists or measure on them.
#pragma once

#include <string>
#include <vector>

#include "kaskad/dataset/impressions.h"

namespace kaskad {

// Throws Error naming the heads that there are.
size_t head_number(const Impressions& lists, const std::string& name);
// Of each name; no names are all heads.
std::vector<size_t> head_numbers(const Impressions& lists, const std::vector<std::string>& names);

// (candidates of all lists in their order) of head number `head`.
std::vector<float> labels_of(const Impressions& lists, size_t head);

}  // namespace kaskad
