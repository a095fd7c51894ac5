// Which events of the learned part of a log a ranker is taught with. A retriever must not have
// learned the events that its candidates are labelled with, so the learned part is cut once more:
// the retriever learns what lies before the cut, and requests are placed behind it.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "kaskad/dataset/split.h"

namespace kaskad {

enum class RequestsAt {
  kEvents,  // at events drawn from those behind the cut
  // Splits at one time: at a user's first event from each of some times on, as the split itself
  // asks. Closer to what is asked, but far fewer where users act in one sitting.
  kTimes,
};

struct LabelWindowOptions {
  RequestsAt at = RequestsAt::kEvents;
  double share = 0.2;            // of the learned events behind the cut
  uint32_t lists_per_user = 10;  // requests of a user at most; times of kTimes
  // The answer to a request are the next so many events; 0: as the split asks, that is the last n
  // of leave-last-n, else all up to the end of the learned part.
  uint32_t horizon = 0;
  uint64_t seed = 1;
};

// A phase called "train" within what the split's first validation may learn: fit_end is the cut,
// cases are the requests. A split at one time cuts at one time, before which every history ends
// strictly; other splits cut each history at a position, and ties in time keep the order of the
// file as they do in the split. `given_cut` (users) replaces the cut, for a retriever that was
// fitted before. Throws Error when no event is left to ask for.
Phase label_window(const Dataset& dataset, const Split& split, const LabelWindowOptions& options,
                   const std::optional<std::vector<uint32_t>>& given_cut = {});

// What counters may use of each history at the requests of a phase, always strictly before the
// request. Learned: what the phase lets be learned. Live: everything, as counters do that follow
// the events of a running service; needs a clock.
enum class CounterView { kLearned, kLive };
std::vector<uint32_t> known_end(const Dataset& dataset, const Split& split, const Phase& phase,
                                CounterView view);

// Live where the split cuts at one time: windows of some days would be empty for all requests
// that come later. Learned elsewhere, because there a split hides events of the past.
CounterView default_view(const Split& split);

}  // namespace kaskad
