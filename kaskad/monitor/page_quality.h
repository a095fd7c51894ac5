// How good answers are while they are served: what was shown is remembered for a while, and an
// action that names the answer by its request_id is joined with it. The definitions are those of
// `kaskad ab`; here they are counters, so that Prometheus gives SIFR (useful pages / pages) and CTR
// (clicked items / shown items) as of now. Owned by LiveState (kaskad/server/live_state.h).
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <shared_mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kaskad/monitor/recent_pages.h"

namespace kaskad {

struct PageQualityOptions {
  std::set<std::string, std::less<>> useful = {};  // actions; empty: any
  std::string click = "click";
  size_t remembered = 100'000;  // pages
};

// An answer as it was given to a client to be shown.
struct ShownPage {
  std::string_view user_id, request_id, version = {};
  std::string_view experiment = {};                                // empty: none
  std::string_view query = {};                                     // empty: nothing was asked
  std::span<const std::pair<std::string, std::string>> arms = {};  // layer, arm
  std::span<const std::string_view> items = {};
};

// Thread-safe.
class PageQuality {
 public:
  explicit PageQuality(PageQualityOptions options);

  // A second page of the same user and request_id is the first one told again; it is not counted.
  void shown(const ShownPage& page);
  // By another server, which counts it: remembered for actions that come in here.
  void shown_elsewhere(const ShownPage& page);

  // What an action that came in was joined with.
  enum class Joined : uint8_t {
    kPage,       // a page that showed its item
    kNotShown,   // a page that did not
    kUnknown,    // it names a page that is not remembered: older, or of a server that tells nothing
    kUnnamed,    // it names none
    kElsewhere,  // a page of another server, which is told of the action
  };
  static constexpr std::array kJoined = {"page", "not_shown", "unknown", "unnamed", "elsewhere"};

  // Actions told twice count once.
  Joined acted(std::string_view user_id, std::string_view request_id, std::string_view item_id,
               std::string_view action);
  // What came in at another server, where it is counted among those of joined(): what it says of a
  // page of this one.
  void acted_elsewhere(std::string_view user_id, std::string_view request_id,
                       std::string_view item_id, std::string_view action) {
    join(user_id, request_id, item_id, action);
  }

  // What a page that is remembered was asked with; empty for others.
  std::string query_of(std::string_view user_id, std::string_view request_id);

  // Sums of one version of the models, or of one arm of an experiment's layer.
  struct Row {
    std::string version, experiment, layer, arm;  // version, or the other three
    uint64_t pages = 0, shown_items = 0, clicked_items = 0, useful_pages = 0;
  };
  std::vector<Row> rows() const;

  struct Group {
    uint32_t pages, useful_pages, shown_items, clicked_items;
  };
  // (kUserGroups) of an arm, for intervals: pages of one user are alike, and all of them are in one
  // group. Empty where the arm has shown nothing.
  std::vector<Group> groups(std::string_view experiment, std::string_view layer,
                            std::string_view arm) const;
  std::array<uint64_t, kJoined.size()> joined() const;

  // Of each kind at most so many rows, the last ones that began: a server that takes a new version
  // every hour must not grow, and neither must what scrapes it.
  static constexpr size_t kMostVersions = 16, kMostArms = 256;

 private:
  // A row's labels in the order of Row.
  using Labels = std::array<std::string, 4>;
  struct Kept {
    Labels labels;
    std::shared_ptr<PageCounts> counts;
  };

  Joined join(std::string_view user_id, std::string_view request_id, std::string_view item_id,
              std::string_view action);
  std::shared_ptr<const Cohort> cohort_of(const ShownPage& page);
  std::shared_ptr<PageCounts> row_of(std::vector<Kept>& rows, Labels labels, size_t most,
                                     size_t groups);

  const PageQualityOptions options_;
  RecentPages pages_;
  mutable std::shared_mutex mutex_;
  std::map<std::string, std::shared_ptr<const Cohort>, std::less<>> cohorts_;
  std::vector<Kept> versions_, arms_;  // the oldest first
  std::array<std::atomic<uint64_t>, kJoined.size()> joined_{};
};

}  // namespace kaskad
