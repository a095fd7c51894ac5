#include "kaskad/sim/population.h"

#include <algorithm>
#include <cmath>

namespace kaskad::sim {
namespace {

constexpr int64_t kTasteStep = 30 * kDay;
constexpr uint32_t kTopicsConsidered = 4;  // of which a visit takes the one most to the taste

}  // namespace

Traits Population::traits(uint32_t user) const {
  Random random(address(options_.seed, Stream::kUser, user));
  Traits out;
  const double country = random.uniform();
  out.country = country < 0.4 ? 0 : country < 0.65 ? 1 : country < 0.8 ? 2 : country < 0.92 ? 3 : 4;
  const double gender = random.uniform();
  out.gender = gender < 0.48 ? Gender::kWoman : gender < 0.9 ? Gender::kMan : Gender::kUnknown;
  out.age_group = random.below(kAgeGroups);
  const double wealth = 0.35 + 0.1 * out.age_group + 0.2 * random.normal();
  out.price_level = std::clamp(wealth, 0.0, 1.0);
  const bool before = random.chance(options_.behaviour.joined_before);
  const double late = random.uniform();
  out.joined = before ? kStart : kStart + static_cast<int64_t>(late * options_.days * kDay);
  return out;
}

double Population::activity(uint32_t user) const {
  Random random(address(options_.seed, Stream::kUser, user, kNone, 1));
  return std::exp(options_.behaviour.activity * random.normal());
}

// A few brands and leaves that one likes, something of one's age, something of one's own.
Vector Population::first_taste(uint32_t user, Random& random) const {
  Vector out = draw_direction(random, options_.dimensions);
  const auto& leaves = catalogue_.leaves();
  for (int i = 0; i < 2; ++i) add(out, leaves[random.below(leaves.size())].centre, 0.6);
  const auto& brands = catalogue_.brands();
  for (int i = 0; i < 2; ++i) add(out, brands[random.below(brands.size())].centre, 0.6);
  Random age(address(options_.seed, Stream::kTaste, kNone, traits(user).age_group));
  add(out, draw_direction(age, options_.dimensions), 0.6);
  normalize(out);
  return out;
}

Vector Population::taste(uint32_t user, int64_t time) const {
  Random random(address(options_.seed, Stream::kTaste, user));
  const int64_t age = std::max<int64_t>(0, time - kStart);
  const double kept = options_.behaviour.drift, fresh = std::sqrt(1 - kept * kept);
  Vector before, after = first_taste(user, random);
  for (int64_t step = 0; step <= age / kTasteStep; ++step) {
    before = after;
    for (float& value : after) value *= static_cast<float>(kept);
    add(after, draw_direction(random, options_.dimensions), fresh);
    normalize(after);
  }
  const double way = static_cast<double>(age % kTasteStep) / static_cast<double>(kTasteStep);
  for (float& value : before) value *= static_cast<float>(1 - way);
  add(before, after, way);
  normalize(before);
  return before;
}

Intent Population::intent(uint32_t user, uint32_t visit, int64_t time) const {
  Random random(address(options_.seed, Stream::kIntent, user, visit, 1));
  const Vector likes = taste(user, time);
  Intent out;
  double best = -10;
  for (uint32_t i = 0; i < kTopicsConsidered; ++i) {
    const uint32_t topic = book_.draw_topic(random);
    const double suits =
        dot(likes, catalogue_.leaves()[book_.topic(topic).leaf].centre) + 0.2 * random.normal();
    if (suits > best) {
      best = suits;
      out.topic = topic;
    }
  }
  const double price = traits(user).price_level + 0.12 * random.normal();
  out.price_level = std::clamp(price, 0.0, 1.0);
  out.mood = draw_direction(random, options_.dimensions);
  return out;
}

const char* gender_name(Gender gender) {
  return gender == Gender::kWoman ? "female" : gender == Gender::kMan ? "male" : "unknown";
}

const char* age_group_name(uint32_t group) {
  static constexpr const char* kNames[kAgeGroups] = {"18-24", "25-34", "35-49", "50+"};
  return kNames[group];
}

const char* country_name(uint32_t country) {
  static constexpr const char* kNames[kCountries] = {"c1", "c2", "c3", "c4", "c5"};
  return kNames[country];
}

}  // namespace kaskad::sim
