#include "bench/generate_log/taste_model.h"

#include <cmath>
#include <numbers>
#include <numeric>

#include "kaskad/core/error.h"

namespace kaskad::bench {
namespace {

// Which random number of an event or user a draw is.
enum Purpose : uint64_t { kKind, kItem, kWhichGenre, kGenre, kActivityA, kActivityB, kPurposes };

// Log-normal shares, rounded so that they add up, on top of one event for everybody.
std::vector<uint32_t> draw_activity(const TasteOptions& options) {
  std::vector<double> cumulative(options.users);
  double total = 0;
  for (uint32_t user = 0; user < options.users; ++user) {
    const double a = 1 - uniform(mix(options.seed, user, kActivityA));
    const double b = uniform(mix(options.seed, user, kActivityB));
    const double normal = std::sqrt(-2 * std::log(a)) * std::cos(2 * std::numbers::pi * b);
    cumulative[user] = total += std::exp(options.activity * normal);
  }
  const double scale = static_cast<double>(options.interactions - options.users) / total;
  std::vector<uint32_t> events(options.users);
  uint64_t given = 0;
  for (uint32_t user = 0; user < options.users; ++user) {
    const auto until = static_cast<uint64_t>(std::llround(cumulative[user] * scale));
    events[user] = 1 + static_cast<uint32_t>(until - given);
    given = until;
  }
  return events;
}

void check(const TasteOptions& options) {
  if (options.users == 0 || options.interactions < options.users) {
    throw Error("found " + std::to_string(options.interactions) + " interactions of " +
                std::to_string(options.users) + " users, expected at least one for each");
  }
  if (options.genres == 0 || options.genres_per_user == 0 || options.items < 2 * options.genres) {
    throw Error("found " + std::to_string(options.items) + " items in " +
                std::to_string(options.genres) + " genres, expected two or more in each");
  }
}

}  // namespace

uint64_t mix(uint64_t seed, uint64_t a, uint64_t b) {
  uint64_t z = seed * 0x9e3779b97f4a7c15ull + (a + 1) * 0xbf58476d1ce4e5b9ull +
               (b + 1) * 0xd6e8feb86659fd93ull;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
  return z ^ (z >> 31);
}

double uniform(uint64_t random) { return static_cast<double>(random >> 11) * 0x1p-53; }

TasteModel::TasteModel(const TasteOptions& options)
    : options_((check(options), options)),
      events_(draw_activity(options)),
      taken_(options.users),
      last_item_(options.users),
      popularity_(sim::zipf_weights(options.items, options.zipf)),
      genre_(sim::zipf_weights(options.genres, options.zipf)) {}

uint32_t TasteModel::next_item(uint32_t user) {
  const uint32_t event = taken_[user]++;
  return last_item_[user] = draw_item(user, uint64_t{event} * kPurposes);
}

// Items are numbered by popularity; item i is of genre i mod genres, so the neighbour of an item
// in its genre is `genres` places on, and i can be moved to a genre with its popularity kept.
uint32_t TasteModel::draw_item(uint32_t user, uint64_t event) const {
  const auto random = [&](Purpose purpose) { return mix(options_.seed, user, event + purpose); };
  const double kind = uniform(random(kKind));
  if (event > 0 && kind < options_.continuation) {
    return (last_item_[user] + options_.genres) % options_.items;
  }
  const uint32_t item = popularity_.draw(random(kItem));
  if (kind >= options_.continuation + options_.taste) return item;
  const uint64_t which = random(kWhichGenre) % options_.genres_per_user;
  const uint32_t genre = genre_.draw(mix(options_.seed ^ kGenre, user, which));
  const uint32_t moved = item / options_.genres * options_.genres + genre;
  return moved < options_.items ? moved : item;
}

}  // namespace kaskad::bench
