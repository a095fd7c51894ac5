// Whether a bundle may be asked the questions of a phase: it must know the dataset's items, and
// must not have learned the answers.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kaskad/dataset/split.h"
#include "kaskad/model/bundle.h"

namespace kaskad {

struct BundleCheck {
  std::vector<std::string> warnings;
  std::string refusal;  // empty: the figures are honest as far as can be told
};

// The histories in the bundle tell how far it may have looked. A bundle of the same split asked
// for its test is fine: there they are kept for serving. Throws Error when the items differ.
BundleCheck check_bundle(const Bundle& bundle, const Dataset& dataset, const Split& split,
                         const Phase& phase);

// How many events of each user of `dataset` the bundle holds: as far as it may have looked. (users)
// Throws Error when it holds no histories at all.
std::vector<uint32_t> learned_events(const Bundle& bundle, const Dataset& dataset);

}  // namespace kaskad
