#include "kaskad/sim/figures.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "kaskad/core/error.h"

namespace kaskad::sim {
namespace {

constexpr double kSpread = 1.959964;  // of a normal distribution: 95%

struct Ratio {
  double UserSums::* above;
  double UserSums::* below;
};

constexpr Ratio kSifr{&UserSums::useful, &UserSums::pages};
constexpr Ratio kCtr{&UserSums::clicks, &UserSums::shown};
constexpr Ratio kActionsAPage{&UserSums::actions, &UserSums::pages};

// What each user moves the ratio R = sum(above) / sum(below): (above - R below) / sum(below).
struct Influence {
  double ratio = 0;
  std::map<uint32_t, double> of_user;
};

Influence influence_of(const std::vector<UserSums>& users, const Ratio& ratio) {
  double above = 0, below = 0;
  for (const UserSums& user : users) {
    above += user.*ratio.above;
    below += user.*ratio.below;
  }
  Influence out;
  if (below <= 0) return out;
  out.ratio = above / below;
  for (const UserSums& user : users) {
    out.of_user[user.user] = (user.*ratio.above - out.ratio * user.*ratio.below) / below;
  }
  return out;
}

Figure figure(double value, const std::map<uint32_t, double>& of_user) {
  double variance = 0;
  for (const auto& [user, moved] : of_user) variance += moved * moved;
  const auto n = static_cast<double>(of_user.size());
  if (n > 1) variance *= n / (n - 1);
  const double half = kSpread * std::sqrt(variance);
  return {value, value - half, value + half};
}

Figure figure_of(const std::vector<UserSums>& users, const Ratio& ratio) {
  const Influence influence = influence_of(users, ratio);
  return figure(influence.ratio, influence.of_user);
}

Figure difference(const std::vector<UserSums>& a, const std::vector<UserSums>& b,
                  const Ratio& ratio) {
  Influence out = influence_of(a, ratio);
  const Influence other = influence_of(b, ratio);
  for (const auto& [user, moved] : other.of_user) out.of_user[user] -= moved;
  return figure(out.ratio - other.ratio, out.of_user);
}

}  // namespace

void PageSums::page(const PageRecord& page) {
  uint32_t& place = place_[page.user];
  if (place == kNone) {
    place = static_cast<uint32_t>(sums_.size());
    sums_.push_back({page.user});
  }
  UserSums& sums = sums_[place];
  double actions = 0;
  for (const ShownItem& shown : page.shown) {
    sums.clicks += shown.done[kClick] > 0;
    for (size_t a = target_; a < kActions; ++a) actions += shown.done[a] > 0;
  }
  sums.pages += 1;
  sums.useful += actions > 0;
  sums.shown += static_cast<double>(page.shown.size());
  sums.actions += actions;
}

std::vector<UserSums> PageSums::users() const {
  std::vector<UserSums> out = sums_;
  std::sort(out.begin(), out.end(),
            [](const UserSums& a, const UserSums& b) { return a.user < b.user; });
  return out;
}

PageFigures figures_of(const std::vector<UserSums>& users) {
  return {figure_of(users, kSifr), figure_of(users, kCtr), figure_of(users, kActionsAPage)};
}

PageFigures difference_of(const std::vector<UserSums>& a, const std::vector<UserSums>& b) {
  return {difference(a, b, kSifr), difference(a, b, kCtr), difference(a, b, kActionsAPage)};
}

Action parse_target(const std::string& name) {
  for (size_t a = 0; a < kActions; ++a) {
    if (name == kActionNames[a]) return static_cast<Action>(a);
  }
  throw Error("target action '" + name + "' is unknown; there are click, save, contact, purchase");
}

}  // namespace kaskad::sim
