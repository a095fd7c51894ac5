// When users come, and what they do when they are there.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "kaskad/sim/alias_table.h"
#include "kaskad/sim/policy.h"
#include "kaskad/sim/records.h"

namespace kaskad::sim {

// The visits of a world in the order of time: first those of the log, then as many a day as long as
// the world lasts. Memory: some bytes a user.
class VisitPlanner {
 public:
  VisitPlanner(const Marketplace& market, const TokenMatch& match);

  uint64_t visits_of_log() const { return log_visits_; }
  uint64_t visits() const { return all_visits_; }
  // The next; none at the end of the world.
  std::optional<VisitPlan> next();
  // No visit that next() will give begins before this.
  int64_t next_begins() const { return begin_of(next_); }

 private:
  struct Last {
    int64_t start = INT64_MIN / 2;
    int64_t intent_time = 0;
    uint32_t visits = 0, intent_visit = 0;
  };
  int64_t begin_of(uint64_t visit) const { return time_of(static_cast<double>(visit)); }
  int64_t time_of(double visit) const;
  std::optional<uint32_t> draw_user(Random& random, int64_t time) const;

  const Marketplace& market_;
  uint64_t log_visits_ = 0, all_visits_ = 0, next_ = 0;
  AliasTable activity_;
  std::vector<int64_t> joined_;  // (users)
  std::vector<Last> last_;       // (users)
};

// Plays one visit against a policy; the pages are added to `pages`. What somebody does with an
// item depends on the page's number and the item, not on its place in the list or on what else is
// shown, so that two policies which are asked by the same visit differ by their pages alone.
class VisitPlayer {
 public:
  VisitPlayer(const Marketplace& market, const TokenMatch& match, const RankingPolicy& policy)
      : market_(market), match_(match), policy_(policy) {}

  void play(const VisitPlan& plan, std::vector<PageRecord>& pages) const;

 private:
  int32_t use_page(Moment& moment, PageRecord& page) const;

  const Marketplace& market_;
  const TokenMatch& match_;
  const RankingPolicy& policy_;
};

}  // namespace kaskad::sim
