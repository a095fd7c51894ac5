// A marketplace small enough for a test, and what happened in it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "kaskad/sim/simulation.h"

namespace kaskad::sim {

inline WorldOptions small_world(uint64_t seed = 1) {
  WorldOptions options;
  options.seed = seed;
  options.events = 40'000;
  options.users = 300;
  options.items = 1'200;
  options.queries = 200;
  options.days = 40;
  options.tops = 4;
  options.leaves = 3;
  return options;
}

// The same, and enough days after the log for an experiment.
inline WorldOptions world_with_time_left() {
  WorldOptions options = small_world();
  options.days_after = 60;
  return options;
}

struct Recorded : EventSink {
  void page(const PageRecord& page) override { pages.push_back(page); }
  void action(const ActionRecord& action) override { actions.push_back(action); }

  std::vector<PageRecord> pages;
  std::vector<ActionRecord> actions;
};

// The log of a world as a policy of that name shows it.
inline Recorded recorded(const Marketplace& market, const std::string& policy = "engine",
                         int threads = 1) {
  const TokenMatch match(market);
  VisitPlanner planner(market, match);
  const auto shows = make_policy(policy, market);
  RunOptions options;
  options.threads = threads;
  options.until = market.log_end();
  Recorded out;
  run(market, match, planner, *shows, options, out);
  return out;
}

}  // namespace kaskad::sim
