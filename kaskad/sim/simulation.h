// Lets a marketplace run: visits one after the other in blocks, each block on all threads against a
// policy that learns between blocks, and what happened handed on in the order of time. The outcome
// depends on the marketplace and the policy alone, never on the threads. Memory: some bytes a user
// and an item, and the visits of a block.
#pragma once

#include <cstdint>
#include <functional>

#include "kaskad/core/progress.h"
#include "kaskad/sim/policy.h"
#include "kaskad/sim/visits.h"

namespace kaskad::sim {

struct ActionRecord {
  uint32_t user = 0, item = 0;
  int64_t time = 0;
  Action action = kClick;
};

// Gets everything in the order of time; at equal times in that of the visits.
class EventSink {
 public:
  virtual ~EventSink() = default;
  // Pages without items are among them; a log has no row of such a one.
  virtual void page(const PageRecord& page) = 0;
  virtual void action(const ActionRecord& action) { (void)action; }
};

struct RunOptions {
  int threads = 0;                                               // 0: all
  int64_t until = kForever;                                      // visits that begin before
  uint64_t visits = UINT64_MAX;                                  // at most so many
  std::function<bool(uint32_t user)> plays;                      // only these users; empty: all
  std::function<void(std::span<const PageRecord>)> after_block;  // beside policy.learn()
  std::string stage = "simulating";                              // of the progress
};

struct RunCounts {
  uint64_t visits = 0, pages = 0, empty_pages = 0, shown = 0;
  std::array<uint64_t, kActions> actions{};
};

// Plays the planner's next visits. The planner stands behind them afterwards.
RunCounts run(const Marketplace& market, const TokenMatch& match, VisitPlanner& planner,
              RankingPolicy& policy, const RunOptions& options, EventSink& sink,
              const Progress& progress = {});

}  // namespace kaskad::sim
