#include "kaskad/sim/visits.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace kaskad::sim {
namespace {

constexpr uint32_t kTries = 64;                   // to find somebody who is not here already
constexpr int32_t kPagePatience = 600 * kSecond;  // nothing is begun on a page later than that
constexpr double kSamePage = 0.2;                 // the next request is the same string again,
constexpr double kSameTopic = 0.5;  // the same topic in words drawn anew, or a neighbour

std::vector<double> activities(const Population& population) {
  std::vector<double> out(population.size());
  for (uint32_t user = 0; user < out.size(); ++user) out[user] = population.activity(user);
  return out;
}

// Chance of one more page, for so many on average if there were no kMostRequests.
double go_on_chance(double requests) { return 1 - 1 / requests; }

// 1 + chance + chance^2 + ..., kMostRequests terms.
double mean_requests(double asked) {
  const double chance = go_on_chance(asked);
  return (1 - std::pow(chance, kMostRequests)) / (1 - chance);
}

// Mean items on a page: rare words may have fewer than it has places. Some hundred draws tell.
double mean_shown(const Marketplace& market, const TokenMatch& match) {
  constexpr uint32_t kDraws = 400;
  const WorldOptions& o = market.options();
  std::vector<Candidate> found;
  double shown = 0;
  for (uint32_t i = 0; i < kDraws; ++i) {
    Random random(address(o.seed, Stream::kPlan, kNone, i));
    const uint32_t topic = market.book().draw_topic(random);
    const uint32_t query = market.book().draw_query(topic, random.below(o.users), random);
    const double day = random.uniform() * o.days;
    match.find(query, kStart + static_cast<int64_t>(day * kDay), random, found);
    shown += static_cast<double>(std::min<size_t>(found.size(), o.page)) / kDraws;
  }
  return std::max(shown, 1.0);
}

}  // namespace

VisitPlanner::VisitPlanner(const Marketplace& market, const TokenMatch& match)
    : market_(market), activity_(activities(market.population())) {
  const WorldOptions& o = market.options();
  const double shown = mean_shown(market, match) * mean_requests(o.behaviour.requests);
  log_visits_ = static_cast<uint64_t>(static_cast<double>(o.events) / shown) + 1;
  all_visits_ = log_visits_ + log_visits_ * o.days_after / o.days;
  last_.resize(o.users);
  joined_.resize(o.users);
  for (uint32_t user = 0; user < o.users; ++user) {
    joined_[user] = market.population().traits(user).joined;
  }
}

// Evenly over the days, within a day few by night: the share y of the day at which x of its visits
// have been solves y - a / (2 pi) sin(2 pi y) = x (Kepler's equation, by bisection).
int64_t VisitPlanner::time_of(double visit) const {
  const WorldOptions& o = market_.options();
  const double days = visit / static_cast<double>(log_visits_) * o.days;
  const double x = days - std::floor(days);
  double low = 0, high = 1;
  for (int i = 0; i < 40; ++i) {
    const double y = (low + high) / 2;
    const double swing = o.behaviour.daytime / (2 * std::numbers::pi);
    (y - swing * std::sin(2 * std::numbers::pi * y) < x ? low : high) = y;
  }
  return kStart + static_cast<int64_t>((std::floor(days) + low) * static_cast<double>(kDay));
}

std::optional<uint32_t> VisitPlanner::draw_user(Random& random, int64_t time) const {
  for (uint32_t i = 0; i < kTries; ++i) {
    const uint32_t user = activity_.draw(random.next());
    if (joined_[user] <= time && last_[user].start + kVisitGap <= time) return user;
  }
  return std::nullopt;
}

std::optional<VisitPlan> VisitPlanner::next() {
  const WorldOptions& o = market_.options();
  while (next_ < all_visits_) {
    const uint64_t visit = next_++;
    Random random(address(o.seed, Stream::kPlan, visit));
    const int64_t time = time_of(static_cast<double>(visit) + random.uniform());
    const std::optional<uint32_t> user = draw_user(random, time);
    if (!user) continue;  // all who are drawn are here already; rare in a world of many users
    Last& last = last_[*user];
    if (last.visits == 0 || !random.chance(o.behaviour.come_back)) {
      last.intent_visit = last.visits;
      last.intent_time = time;
    }
    last.start = time;
    return VisitPlan{visit, *user, last.visits++, last.intent_visit, last.intent_time, time};
  }
  return std::nullopt;
}

void VisitPlayer::play(const VisitPlan& plan, std::vector<PageRecord>& pages) const {
  const WorldOptions& o = market_.options();
  const QueryBook& book = market_.book();
  Random random(address(o.seed, Stream::kVisit, plan.visit));
  const Intent intent = market_.population().intent(plan.user, plan.intent_visit, plan.intent_time);
  Moment moment = market_.moment(plan.user, intent.topic, plan.start, intent);
  uint32_t query = book.draw_query(intent.topic, plan.user, random);
  std::vector<Candidate> candidates;
  std::vector<uint32_t> order;
  for (uint32_t number = 0; number < kMostRequests; ++number) {
    Random start(address(o.seed, Stream::kPage, plan.visit, number, 1));
    match_.find(query, moment.time, start, candidates);
    PageRecord page{plan.visit,   number,      plan.user,          query,
                    moment.topic, moment.time, moment.price_level, {}};
    if (!candidates.empty()) {
      policy_.rank({plan.visit, number, plan.user, query, moment.time, candidates, &moment}, o.page,
                   order);
      for (const uint32_t item : order) page.shown.push_back({item, 0, {}});
    }
    const int32_t spent = use_page(moment, page);
    pages.push_back(std::move(page));
    if (!random.chance(go_on_chance(o.behaviour.requests))) break;
    moment.time += spent + 5 * kSecond + static_cast<int64_t>(random.uniform() * 30 * kSecond);
    const double kind = random.uniform();
    if (kind >= kSamePage + kSameTopic) moment.topic = book.draw_neighbour(moment.topic, random);
    if (kind >= kSamePage) query = book.draw_query(moment.topic, plan.user, random);
  }
}

// From the first place down; milliseconds spent on the page.
int32_t VisitPlayer::use_page(Moment& moment, PageRecord& page) const {
  const WorldOptions& o = market_.options();
  int32_t now = 1 * kSecond;
  for (uint32_t place = 1; place <= page.shown.size(); ++place) {
    ShownItem& shown = page.shown[place - 1];
    const Reasons reasons = market_.reasons(moment, shown.item);
    const Chances chances = market_.chances(reasons);
    shown.relevance = static_cast<float>(chances.click);
    Random random(address(o.seed, Stream::kAction, page.visit, page.number, shown.item));
    const double clicked = random.uniform();
    if (now > kPagePatience || clicked >= market_.click_probability(chances.click, place)) continue;
    const auto later = [&](double seconds) {
      return now += static_cast<int32_t>(kSecond * (1 + seconds * random.uniform()));
    };
    shown.done[kClick] = later(4);
    const bool saves = random.chance(chances.save), writes = random.chance(chances.contact),
               buys = random.chance(chances.purchase);
    if (saves) shown.done[kSave] = later(20);
    if (writes) shown.done[kContact] = later(40);
    if (writes && buys) shown.done[kPurchase] = later(40);
    now += 5 * kSecond;
    moment.clicked.push_back(shown.item);
  }
  return now;
}

}  // namespace kaskad::sim
