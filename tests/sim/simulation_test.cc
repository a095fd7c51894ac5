#include "kaskad/sim/simulation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "tests/sim/small_world.h"

namespace kaskad::sim {
namespace {

// Everything that was shown, in one number for each page.
std::vector<uint64_t> prints_of(const Recorded& recorded) {
  std::vector<uint64_t> out;
  for (const PageRecord& page : recorded.pages) {
    uint64_t print = address(page.visit, Stream::kVisit, page.user, page.query, page.time);
    for (const ShownItem& shown : page.shown) {
      print = scramble(print ^ shown.item);
      for (const int32_t done : shown.done) print = scramble(print ^ static_cast<uint64_t>(done));
    }
    out.push_back(print);
  }
  return out;
}

class SimulationTest : public testing::Test {
 protected:
  const Marketplace market_{small_world()};
  const Recorded log_ = recorded(market_);
};

TEST_F(SimulationTest, ASeedDecidesEverythingAndThreadsNothing) {
  EXPECT_EQ(prints_of(log_), prints_of(recorded(market_, "engine", 3)));
  const Marketplace again(small_world()), other(small_world(2));
  EXPECT_EQ(prints_of(log_), prints_of(recorded(again)));
  EXPECT_NE(prints_of(log_), prints_of(recorded(other)));
}

TEST_F(SimulationTest, ThereAreAboutAsManyEventsAsAskedFor) {
  size_t shown = 0;
  for (const PageRecord& page : log_.pages) shown += page.shown.size();
  EXPECT_NEAR(static_cast<double>(shown), 40'000, 0.1 * 40'000);
}

// So that an experiment may be made longer than was planned when the log was written.
TEST_F(SimulationTest, DaysAfterTheLogChangeNothingInIt) {
  WorldOptions options = small_world();
  options.days_after = 100;
  EXPECT_EQ(prints_of(log_), prints_of(recorded(Marketplace(options))));
}

TEST_F(SimulationTest, TimeRisesOverTheLogAndWithinEachUser) {
  std::map<uint32_t, int64_t> page_of, action_of;
  int64_t last = kStart;
  for (const PageRecord& page : log_.pages) {
    EXPECT_LE(last, page.time);
    last = page.time;
    EXPECT_LT(page_of[page.user], page.time);
    page_of[page.user] = page.time;
  }
  last = kStart;
  for (const ActionRecord& action : log_.actions) {
    EXPECT_LE(last, action.time);
    last = action.time;
    EXPECT_LT(action_of[action.user], action.time);
    action_of[action.user] = action.time;
  }
  EXPECT_GE(log_.pages.front().time, kStart);
  EXPECT_LT(log_.pages.back().time, market_.log_end() + kVisitGap);
}

// What somebody does on a page lies behind it and before the user's next page.
TEST_F(SimulationTest, ActionsFallBetweenThePagesOfAUser) {
  std::map<uint32_t, const PageRecord*> last;
  for (const PageRecord& page : log_.pages) {
    if (const PageRecord* before = last[page.user]) {
      for (const ShownItem& shown : before->shown) {
        for (const int32_t done : shown.done) EXPECT_LT(before->time + done, page.time);
      }
    }
    last[page.user] = &page;
    for (const ShownItem& shown : page.shown) {
      const auto& done = shown.done;
      for (const Action later : {kSave, kContact, kPurchase}) {
        EXPECT_TRUE(done[later] == 0 || (done[kClick] > 0 && done[later] > done[kClick]));
      }
      EXPECT_TRUE(done[kPurchase] == 0 || done[kPurchase] > done[kContact]);
    }
  }
}

TEST_F(SimulationTest, NothingIsShownBeforeItsBirthOrAfterItsDeath) {
  size_t mortal = 0;
  for (const PageRecord& page : log_.pages) {
    for (const ShownItem& shown : page.shown) {
      const Item& item = market_.catalogue().item(shown.item);
      EXPECT_LE(item.born, page.time);
      EXPECT_GT(item.died, page.time);
      mortal += item.died != kForever;
    }
  }
  EXPECT_GT(mortal, 1'000u);
}

TEST_F(SimulationTest, NobodyComesBeforeJoining) {
  for (const PageRecord& page : log_.pages) {
    EXPECT_LE(market_.population().traits(page.user).joined, page.time);
  }
}

TEST_F(SimulationTest, UsersComeBackForTheSameThing) {
  std::map<uint32_t, std::pair<uint64_t, double>> last;  // visit, price level of its intent
  double again = 0, all = 0;
  for (const PageRecord& page : log_.pages) {
    if (page.number > 0) continue;
    const auto at = last.find(page.user);
    if (at != last.end()) {
      all += 1;
      again += at->second.second == page.price_level;
    }
    last[page.user] = {page.visit, page.price_level};
  }
  EXPECT_NEAR(again / all, 0.4, 0.08);  // options.behaviour.come_back; clamped levels coincide, too
}

// Pages in a random order: every place is as good as any other, yet the first is clicked most.
TEST_F(SimulationTest, PlacesAtTheTopAreClickedMore) {
  WorldOptions options = small_world();
  options.events = 150'000;
  options.users = 1'000;
  options.behaviour.accident = 0;
  const Marketplace market(options);
  const Recorded log = recorded(market, "random");
  std::vector<double> clicks(20), relevance(20);
  for (const PageRecord& page : log.pages) {
    for (size_t place = 0; place < page.shown.size(); ++place) {
      clicks[place] += page.shown[place].done[kClick] > 0;
      relevance[place] += page.shown[place].relevance;
    }
  }
  EXPECT_NEAR(relevance[0] / relevance[9], 1, 0.15);
  for (const size_t place : {0, 1, 4, 9}) {  // clicks = relevance * place^-.7
    const double expected = relevance[place] * std::pow(place + 1, -0.7);
    EXPECT_NEAR(clicks[place] / expected, 1, 3.5 / std::sqrt(expected)) << place;
  }
}

// Share of all places that the tenth of the items has which was shown most.
double head_share(const Recorded& log, size_t items) {
  std::vector<double> shown(items);
  for (const PageRecord& page : log.pages) {
    for (const ShownItem& one : page.shown) ++shown[one.item];
  }
  std::sort(shown.rbegin(), shown.rend());
  const auto tenth = shown.begin() + static_cast<std::ptrdiff_t>(items / 10);
  return std::accumulate(shown.begin(), tenth, 0.0) /
         std::accumulate(shown.begin(), shown.end(), 0.0);
}

TEST_F(SimulationTest, ItemsThatWereClickedAreShownMore) {
  WorldOptions options = small_world();
  options.items = 4'000;  // more of them than places
  options.engine.popularity = 0;
  const Marketplace without(options);
  options.engine.popularity = 1;
  const Marketplace with(options);
  EXPECT_GT(head_share(recorded(with), 4'000), head_share(recorded(without), 4'000) + 0.1);
}

TEST(EnginePolicy, AnItemRisesByItsClicksAndFadesByTime) {
  const Marketplace market(small_world());
  const auto policy = make_policy("popularity", market);
  const std::vector<Candidate> candidates = {{4, 1}, {5, 0}, {6, 0}};
  PageRequest request;
  request.candidates = candidates;
  request.time = kStart + kDay;
  std::vector<PageRecord> seen(3);
  for (size_t i = 0; i < 3; ++i) seen[i].time = kStart + static_cast<int64_t>(i) * kSecond;
  seen[0].shown = {{5, 0, {100, 0, 0, 0}}, {4, 0, {}}};  // 5 twice, 6 once
  seen[1].shown = {{6, 0, {100, 0, 0, 0}}};
  seen[2].shown = {{5, 0, {100, 0, 0, 0}}};
  policy->learn(seen);
  std::vector<uint32_t> page;
  policy->rank(request, 3, page);
  EXPECT_EQ(page, (std::vector<uint32_t>{5, 6, 4}));
  // Three weeks later one click counts more than two old ones: 2 exp(-3) < 1
  std::vector<PageRecord> later(1);
  later[0].time = kStart + 21 * kDay;
  later[0].shown = {{6, 0, {100, 0, 0, 0}}};
  policy->learn(later);
  request.time = later[0].time;
  policy->rank(request, 2, page);
  EXPECT_EQ(page, (std::vector<uint32_t>{6, 5}));
}

// The planted interaction shows in the log: what suits women in one category suits men in another,
// so that neither gender nor style says anything by itself.
TEST_F(SimulationTest, GenderTimesCategoryIsInWhatIsShown) {
  WorldOptions options = small_world();
  options.effects.gender = 2;
  const Marketplace market(options);
  std::map<std::pair<int, int>, std::pair<double, double>> cells;  // sign, gender * style
  for (const PageRecord& page : recorded(market, "random").pages) {
    const Gender gender = market.population().traits(page.user).gender;
    if (gender == Gender::kUnknown) continue;
    for (const ShownItem& shown : page.shown) {
      const Item& item = market.catalogue().item(shown.item);
      const int sign = market.catalogue().leaves()[item.leaf].gender_sign;
      auto& [sum, count] = cells[{sign, (gender == Gender::kWoman ? 1 : -1) * item.style}];
      sum += shown.relevance;
      count += 1;
    }
  }
  const auto mean = [&](int sign, int suits) {
    const auto& [sum, count] = cells[{sign, suits}];
    return sum / count;
  };
  EXPECT_GT(mean(1, 1), 2 * mean(1, -1));
  EXPECT_GT(mean(-1, -1), 2 * mean(-1, 1));
  EXPECT_NEAR(mean(0, 1) / mean(0, -1), 1, 0.25);
}

}  // namespace
}  // namespace kaskad::sim
