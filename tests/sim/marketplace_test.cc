#include "kaskad/sim/marketplace.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "tests/sim/small_world.h"

namespace kaskad::sim {
namespace {

double logistic(double x) { return 1 / (1 + std::exp(-x)); }

class MarketplaceTest : public testing::Test {
 protected:
  // The first item of which this holds.
  template <typename Holds>
  uint32_t item_where(const Holds& holds) const {
    for (uint32_t i = 0; i < market_.catalogue().size(); ++i) {
      if (holds(market_.catalogue().item(i))) return i;
    }
    ADD_FAILURE() << "no such item";
    return 0;
  }
  uint32_t user_of(Gender gender) const {
    uint32_t user = 0;
    while (market_.population().traits(user).gender != gender) ++user;
    return user;
  }

  const Marketplace market_{small_world()};
};

TEST_F(MarketplaceTest, RelevanceIsTheLogisticOfAllReasons) {
  const Moment moment = market_.moment(3, 0, kStart + kDay);
  const Reasons why = market_.reasons(moment, 17);
  const double sum = why.base + why.topic + why.named + why.taste + why.mood + why.price +
                     why.gender + why.country + why.affinity + why.freshness + why.seen;
  EXPECT_NEAR(market_.true_relevance(moment, 17), logistic(sum + why.look), 1e-12);
  const Chances chances = market_.chances(why);
  EXPECT_NEAR(chances.save, logistic(sum + why.quality), 1e-12);  // the picture says no more
  EXPECT_NEAR(chances.purchase, logistic(sum + why.quality - 1.4), 1e-12);
  const uint32_t query = market_.book().topic(0).queries[0];
  EXPECT_EQ(market_.true_relevance(3, query, 17, kStart + kDay),
            market_.true_relevance(moment, 17));
}

TEST_F(MarketplaceTest, PlacesAreLookedAtByAPowerOfTheirNumber) {
  EXPECT_EQ(market_.examination(1), 1);
  EXPECT_NEAR(market_.examination(10), std::pow(10, -0.7), 1e-12);
  // clicked: wanted, or else by accident; and looked at
  EXPECT_NEAR(market_.click_probability(0.2, 10), std::pow(10, -0.7) * (0.2 + 0.8 * 0.01), 1e-12);
}

TEST_F(MarketplaceTest, WhatWomenLikeInOneCategoryMenLikeAndInAnotherItIsReversed) {
  for (const int sign : {1, -1, 0}) {
    const uint32_t item = item_where([&](const Item& one) {
      return one.style == 1 && market_.catalogue().leaves()[one.leaf].gender_sign == sign;
    });
    const auto reason = [&](Gender gender) {
      return market_.reasons(market_.moment(user_of(gender), 0, kStart), item).gender;
    };
    EXPECT_EQ(reason(Gender::kWoman), 0.8 * sign);
    EXPECT_EQ(reason(Gender::kMan), -0.8 * sign);
    EXPECT_EQ(reason(Gender::kUnknown), 0);
  }
}

TEST_F(MarketplaceTest, APriceIsGoodWhereItIsNear) {
  Moment moment = market_.moment(0, 0, kStart);
  moment.price_level = 0.5;
  const uint32_t cheap = item_where([](const Item& item) { return item.price_level < 0.1; });
  const double level = market_.catalogue().item(cheap).price_level;
  EXPECT_NEAR(market_.reasons(moment, cheap).price, -3.0 * (0.5 - level), 1e-12);
  moment.price_level = level;  // as good as the best, and no more is better
  EXPECT_EQ(market_.reasons(moment, cheap).price, 0);
}

// Some items are far better for a topic than their text says, others far worse; whoever asks, and
// in whatever words.
TEST_F(MarketplaceTest, ATopicHasItsOwnBestItems) {
  std::vector<int> counts(3);
  int same = 0;
  for (uint32_t item = 0; item < 1'200; ++item) {
    const int affinity = market_.affinity(0, item);
    ++counts[static_cast<size_t>(affinity + 1)];
    same += affinity == market_.affinity(1, item);
    for (const uint32_t user : {0u, 9u}) {
      const Moment moment = market_.moment(user, 0, kStart);
      EXPECT_EQ(market_.reasons(moment, item).affinity, 1.2 * affinity);
    }
  }
  EXPECT_NEAR(counts[0] / 1200.0, 0.15, 0.03);
  EXPECT_NEAR(counts[2] / 1200.0, 0.15, 0.03);
  EXPECT_NEAR(same / 1200.0, 0.15 * 0.15 + 0.7 * 0.7 + 0.15 * 0.15, 0.05);  // by chance
}

TEST_F(MarketplaceTest, ATasteDriftsAndIsTheSameWheneverItIsAsked) {
  const Population& people = market_.population();
  double soon = 0, late = 0;
  for (uint32_t user = 0; user < 200; ++user) {
    const Vector now = people.taste(user, kStart);
    EXPECT_EQ(now, people.taste(user, kStart));
    soon += dot(now, people.taste(user, kStart + kDay)) / 200;
    late += dot(now, people.taste(user, kStart + 30 * kDay)) / 200;
  }
  EXPECT_GT(soon, 0.99);
  EXPECT_NEAR(late, 0.8, 0.05);  // options.behaviour.drift
}

TEST_F(MarketplaceTest, OneTopicHasSeveralNamesAndSomeNamesSeveralTopics) {
  const QueryBook& book = market_.book();
  std::vector<int> topics_of(book.queries().size());
  for (const Topic& topic : book.topics()) {
    EXPECT_EQ(topic.queries.size(), 3u);
    for (const uint32_t query : topic.queries) ++topics_of[query];
  }
  EXPECT_GT(std::count(topics_of.begin(), topics_of.end(), 1), 100);
  EXPECT_GT(*std::max_element(topics_of.begin(), topics_of.end()), 1);
  std::set<std::string> texts;
  for (const Query& query : book.queries()) {
    texts.insert(query.text);
    EXPECT_GE(query.words.size(), 1u);
    EXPECT_LE(query.words.size(), 3u);
  }
  EXPECT_EQ(texts.size(), book.queries().size());
}

TEST_F(MarketplaceTest, TopicsHaveZipfPopularity) {
  const auto& topics = market_.book().topics();
  EXPECT_NEAR(topics[0].weight / topics[9].weight, 10, 1e-9);
}

// What a model may see of an item tells of its place in the latent space, not all of it.
TEST_F(MarketplaceTest, ContentIsCorrelatedWithWhatTastesSee) {
  const Catalogue& catalogue = market_.catalogue();
  double product = 0, a = 0, b = 0;
  for (uint32_t i = 0; i + 1 < 600; i += 2) {
    const Vector x = catalogue.content(i), y = catalogue.content(i + 1);
    const double seen = dot(x, y) / std::sqrt(dot(x, x) * dot(y, y));
    const double true_one = dot(catalogue.latent(i), catalogue.latent(i + 1));
    product += seen * true_one;
    a += seen * seen;
    b += true_one * true_one;
  }
  const double correlation = product / std::sqrt(a * b);
  EXPECT_GT(correlation, 0.3);
  EXPECT_LT(correlation, 0.95);
}

TEST_F(MarketplaceTest, ASwitchedOffRegularityIsAbsent) {
  WorldOptions options = small_world();
  options.effects.affinity = 0;
  options.effects.price = 0;
  const Marketplace plain(options);
  for (uint32_t item = 0; item < 100; ++item) {
    const Reasons reasons = plain.reasons(plain.moment(0, 0, kStart), item);
    EXPECT_EQ(reasons.affinity, 0);
    EXPECT_EQ(reasons.price, 0);
  }
}

TEST(TokenMatch, FindsLivingItemsByTheShareOfTheQueryInTheirTitle) {
  const Marketplace market(small_world());
  const TokenMatch match(market);
  const Catalogue& catalogue = market.catalogue();
  std::vector<Candidate> found;
  const int64_t time = kStart + 10 * kDay;
  for (uint32_t query = 0; query < market.book().queries().size(); ++query) {
    Random random(query);
    match.find(query, time, random, found);
    const std::vector<WordId>& words = market.book().query(query).words;
    std::set<uint32_t> expected, items;
    for (uint32_t item = 0; item < catalogue.size(); ++item) {
      const auto& title = catalogue.item(item).title;
      const bool has = std::any_of(words.begin(), words.end(), [&](WordId word) {
        return std::find(title.begin(), title.end(), word) != title.end();
      });
      if (has && catalogue.alive(item, time)) expected.insert(item);
    }
    for (const Candidate& one : found) {
      items.insert(one.item);
      const auto& title = catalogue.item(one.item).title;
      const auto in_title = std::count_if(words.begin(), words.end(), [&](WordId word) {
        return std::find(title.begin(), title.end(), word) != title.end();
      });
      EXPECT_EQ(one.match > 0.999f, in_title == static_cast<std::ptrdiff_t>(words.size()));
    }
    EXPECT_EQ(items.size(), found.size());  // each once
    EXPECT_EQ(items, expected);
  }
}

}  // namespace
}  // namespace kaskad::sim
