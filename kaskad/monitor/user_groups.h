// Users in a few hundred groups, for figures of arms that are compared: pages of one user are
// alike, and all of them are in one group (kaskad/experiment/grouped.h). Called by page_quality.h
// and arm_answers.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "kaskad/core/hash.h"

namespace kaskad {

inline constexpr size_t kUserGroups = 256;

// Not the hash that an experiment draws its arms by.
inline size_t user_group(std::string_view user_id) {
  constexpr uint64_t kPurpose = 0x67726f757073;
  return hash64(user_id, kPurpose) % kUserGroups;
}

}  // namespace kaskad
