#include "kaskad/sim/marketplace.h"

#include <algorithm>
#include <cmath>

namespace kaskad::sim {
namespace {

constexpr double kFresh = 14;        // days
constexpr double kBestShare = 0.15;  // of all items are among a topic's best, as many its worst

double logistic(double x) { return 1 / (1 + std::exp(-x)); }

}  // namespace

Marketplace::Marketplace(const WorldOptions& options)
    : options_(complete(options)),
      catalogue_(options_),
      book_(options_, catalogue_),
      population_(options_, catalogue_, book_) {
  for (uint32_t place = 1; place <= options_.page; ++place) {
    examination_.push_back(std::pow(place, -options_.behaviour.position));
  }
}

Moment Marketplace::moment(uint32_t user, uint32_t topic, int64_t time) const {
  Moment out;
  out.user = user;
  out.time = time;
  out.topic = topic;
  out.traits = population_.traits(user);
  out.price_level = out.traits.price_level;
  out.taste = population_.taste(user, time);
  return out;
}

Moment Marketplace::moment(uint32_t user, uint32_t topic, int64_t time,
                           const Intent& intent) const {
  Moment out = moment(user, topic, time);
  out.price_level = intent.price_level;
  out.mood = intent.mood;
  return out;
}

int Marketplace::affinity(uint32_t topic, uint32_t item) const {
  const double drawn = unit(address(options_.seed, Stream::kAffinity, topic, item));
  return drawn < kBestShare ? 1 : drawn >= 1 - kBestShare ? -1 : 0;
}

Reasons Marketplace::reasons(const Moment& moment, uint32_t number) const {
  const Effects& weight = options_.effects;
  const Item& item = catalogue_.item(number);
  const Leaf& leaf = catalogue_.leaves()[item.leaf];
  const Topic& topic = book_.topic(moment.topic);
  Reasons out;
  out.base = weight.base;
  if (item.leaf == topic.leaf) {
    out.topic = weight.topic;
  } else if (leaf.top == catalogue_.leaves()[topic.leaf].top) {
    out.topic = weight.near_topic;
  }
  if (topic.brand != kNone) out.named += item.brand == topic.brand ? 1 : -1;
  if (topic.attribute != kNone) out.named += item.attribute == topic.attribute ? 1 : -1;
  out.named *= weight.named;
  const double spread = std::sqrt(static_cast<double>(options_.dimensions));  // of a cosine: 1
  out.taste = weight.taste * spread * dot(moment.taste, catalogue_.latent(number));
  if (!moment.mood.empty()) {
    out.mood = weight.mood * spread * dot(moment.mood, catalogue_.latent(number));
  }
  out.price = -weight.price * std::abs(moment.price_level - item.price_level);
  const int gender = moment.traits.gender == Gender::kWoman ? 1
                     : moment.traits.gender == Gender::kMan ? -1
                                                            : 0;
  out.gender = weight.gender * gender * item.style * leaf.gender_sign;
  const bool home = catalogue_.brands()[item.brand].country == moment.traits.country;
  out.country = home ? weight.country : 0;
  out.affinity = weight.affinity * affinity(moment.topic, number);
  const double age = static_cast<double>(moment.time - item.born) / static_cast<double>(kDay);
  out.freshness = weight.freshness * std::exp(-std::max(0.0, age) / kFresh);
  const auto& clicked = moment.clicked;
  const bool seen = std::find(clicked.begin(), clicked.end(), number) != clicked.end();
  out.seen = seen ? weight.seen : 0;
  out.look = weight.look * item.look;
  out.quality = weight.quality * item.quality;
  return out;
}

Chances Marketplace::chances(const Reasons& reasons) const {
  const double wanted = reasons.shared();
  const double bought = wanted + reasons.quality;  // the picture has done its work
  return {logistic(wanted + reasons.look), logistic(bought), logistic(bought - 0.7),
          logistic(bought - 1.4)};
}

double Marketplace::true_relevance(const Moment& moment, uint32_t item) const {
  return chances(reasons(moment, item)).click;
}

double Marketplace::true_relevance(uint32_t user, uint32_t query, uint32_t item,
                                   int64_t time) const {
  return true_relevance(moment(user, book_.query(query).topic, time), item);
}

double Marketplace::click_probability(double relevance, uint32_t position) const {
  const double accident = options_.behaviour.accident;
  return examination(position) * (1 - (1 - relevance) * (1 - accident));
}

}  // namespace kaskad::sim
