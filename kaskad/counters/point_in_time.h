// Counters for training: the features of each list of an impressions directory as of its time. One
// pass over the lists in time order reads first and adds then, so that the value at a list is made
// of strictly earlier lists; it equals what a CounterStore built of those lists answers.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "kaskad/core/progress.h"
#include "kaskad/counters/counter_fields.h"
#include "kaskad/counters/counter_values.h"
#include "kaskad/counters/list_order.h"

namespace kaskad {

// Names of the (features) of all segments, in their order.
std::vector<std::string> counter_feature_names(const CounterSpec& spec,
                                               const std::vector<std::string>& heads);

// Throws Error when the spec has windows or decays of days and the lists have no clock.
void check_horizons(const CounterSpec& spec, const ListOrder& lists, const Dataset& dataset);

// One list with its features, (candidates, features); the span lives until take() returns.
struct ListFeatures {
  size_t part = 0, list = 0;
  std::span<const float> values;
};

// Calls take() for every list in time order. Segments are counted by up to `threads` threads, 0:
// all; the result does not depend on them. Keeps a number for each distinct pair of keys (about 20
// bytes and 4 for each event and window), and the features of some thousand lists.
void replay_counters(const ListOrder& lists, const Dataset& dataset, const CounterSpec& spec,
                     int threads, const std::function<void(const ListFeatures&)>& take,
                     const Progress& progress = {});

}  // namespace kaskad
