// How good the pages of a policy were for those who saw them, with intervals over users: a user's
// pages are alike, so users are what is drawn, not pages. Ratios by the delta method (Deng,
// Knoblich, Lu 2018, arXiv 1803.06336).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kaskad/sim/simulation.h"

namespace kaskad::sim {

struct Figure {
  double value = 0, low = 0, high = 0;  // 95%
};

// What one user saw and did.
struct UserSums {
  uint32_t user = 0;
  double pages = 0, useful = 0, shown = 0, clicks = 0, actions = 0;
};

struct PageFigures {
  Figure sifr;     // useful pages / all pages; useful: at least one target action
  Figure ctr;      // clicked items / shown items
  Figure actions;  // target actions / pages
};

// Counts pages by user. Empty pages are pages.
class PageSums : public EventSink {
 public:
  // Useful is what got this action or a stronger one.
  explicit PageSums(uint32_t users, Action target) : place_(users, kNone), target_(target) {}
  void page(const PageRecord& page) override;
  std::vector<UserSums> users() const;  // by user

 private:
  std::vector<uint32_t> place_;  // (users)
  std::vector<UserSums> sums_;
  Action target_;
};

PageFigures figures_of(const std::vector<UserSums>& users);

// a minus b. Users of both are paired, others stand for themselves.
PageFigures difference_of(const std::vector<UserSums>& a, const std::vector<UserSums>& b);

Action parse_target(const std::string& name);  // throws Error naming them

}  // namespace kaskad::sim
