// Which page an action came from: the page of its request, or the user's last page within a window
// that showed the item. Pages are held while an action may still come and then forgotten; what they
// and their actions add up to stays with the user. Called by read_log.h.
#pragma once

#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "kaskad/experiment/event_line.h"
#include "kaskad/experiment/population.h"

namespace kaskad::ab {

struct AttributionOptions {
  int64_t window = 30 * 60'000;             // ms from a page to an action that names no request
  int64_t request_window = 24 * 3'600'000;  // ms from a page to an action that names its request
  // Pages before are the past of their user, for CUPED, and of no arm. Milliseconds.
  int64_t pre_period_end = std::numeric_limits<int64_t>::min();
  std::string experiment = {};        // only the arms of this one; empty: of all
  std::string click = "click";        // the action that CTR counts
  std::set<std::string> useful = {};  // actions that make a page useful; empty: every one
  bool everyone = false;              // no layer but one, with everybody in one arm: for planning
};

struct AttributionCounts {
  uint64_t exposures = 0, actions = 0;
  uint64_t before = 0;              // exposures before the experiment
  uint64_t without_arm = 0;         // exposures later on with no arm
  uint64_t repeated_exposures = 0;  // of a request seen already: left out
  uint64_t repeated_actions = 0;    // of an item's action on a page again: counted once
  uint64_t uncredited_actions = 0;  // no page showed the item, or it was too long ago
};

class Attribution {
 public:
  Attribution(Population& population, AttributionOptions options);

  // Events in the order of time; small disorder does no harm.
  void add(const LoggedEvent& event);

  const AttributionCounts& counts() const { return counts_; }
  const std::vector<std::string>& actions() const { return actions_; }  // kinds, by first use
  size_t pages_held() const { return pages_.size(); }
  std::vector<Metric> metrics() const;

 private:
  struct Page {
    int64_t time = 0;
    uint64_t request = 0;   // 0: none
    uint64_t previous = 0;  // number of the user's page before; 0: none
    uint32_t user = 0;
    bool before = false, useful = false;
    std::vector<uint32_t> memberships = {};              // of the user, that it counts for
    std::vector<uint64_t> items = {};                    // sorted
    std::vector<std::pair<uint64_t, size_t>> done = {};  // item, action
  };

  void add_exposure(const LoggedEvent& event);
  void add_action(const LoggedEvent& event);
  void join_arms(const LoggedEvent& event, Page& page);
  Page* page_of(const LoggedEvent& event);
  Page* last_page_with(uint64_t item, uint32_t user, int64_t time);
  void count(const Page& page, size_t column, double value);
  size_t action_column(const std::string& action);
  void forget_before(int64_t time);
  Page& page_at(uint64_t number) { return pages_[number - forgotten_ - 1]; }

  Population& population_;
  AttributionOptions options_;
  AttributionCounts counts_;
  std::vector<std::string> actions_;
  std::map<std::string, size_t> action_of_;

  // Pages are numbered from 1 in the order of the log; the first `forgotten_` are gone.
  std::deque<Page> pages_;
  uint64_t forgotten_ = 0;
  std::unordered_map<uint64_t, uint64_t> by_request_;  // request -> page
  std::unordered_map<uint32_t, uint64_t> last_of_;     // user -> newest page
};

}  // namespace kaskad::ab
