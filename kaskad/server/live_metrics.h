// What /metrics says of events, of what they made of the answers, and of the counters that go on
// with them. Called by metrics.cc.
#pragma once

#include "kaskad/server/arm_guard.h"
#include "kaskad/server/live_state.h"
#include "kaskad/server/metric_families.h"
#include "kaskad/server/peer_feed.h"
#include "kaskad/server/served.h"

namespace kaskad {

void read_live_state(const LiveState& live, MetricFamilies& families);
void read_peers(const PeerFeed& feed, MetricFamilies& families);
// How each arm of the experiment that is served differs from its layer's control.
void read_arms(const LiveState& live, const Served& served, MetricFamilies& families);
// Arms of the experiment that is served that were taken down.
void read_taken_down(const ArmGuard& guard, const Served& served, MetricFamilies& families);
// Of rankers that count items, where their times are those of a clock.
void read_counter_ages(const Served& served, MetricFamilies& families);
// Of rankers that count pairs: what they have counted since they were made.
void read_live_pairs(const Served& served, MetricFamilies& families);

}  // namespace kaskad
