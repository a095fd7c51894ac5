// Stored lists in two: whatever learns from one half is stopped by, or measured on, the other.
#pragma once

#include <string>
#include <utility>

#include "kaskad/dataset/impressions.h"

namespace kaskad {

// All lists of a user fall into the same half, by the parity of the user's number; those of no user
// by their own. Written below `directory`, which must exist, as half-0 and half-1. Throws Error
// when a half would be empty.
std::pair<Impressions, Impressions> halve_lists(const Impressions& lists,
                                                const std::string& directory);

}  // namespace kaskad
