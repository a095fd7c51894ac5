#include "kaskad/sim/world_options.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <type_traits>

#include "kaskad/core/error.h"

namespace kaskad::sim {
namespace {

template <typename Number>
void check(const char* name, Number found, Number low, Number high) {
  if (found >= low && found <= high) return;
  const nlohmann::json numbers = {found, low, high};
  throw Error(std::string("the marketplace's '") + name + "': found " + numbers[0].dump() +
              ", expected " + numbers[1].dump() + " to " + numbers[2].dump());
}

// A user who comes more often than this on average leaves no time between visits.
constexpr double kMostVisitsADay = 4;

void check_density(const WorldOptions& o) {
  const double visits = static_cast<double>(o.events) / (o.page * o.behaviour.requests);
  const double a_day = visits / o.users / o.days;
  if (a_day <= kMostVisitsADay) return;
  throw Error("the marketplace's 'events': found " + std::to_string(o.events) + " of " +
              std::to_string(o.users) + " users in " + std::to_string(o.days) + " days, about " +
              std::to_string(static_cast<int>(a_day)) +
              " visits a user and day, expected at most 4; take more users or more days");
}

// Every field that is a number, by its name: one list for writing and for reading.
template <typename Options, typename Visit>
void each_field(Options& o, const Visit& visit) {
  visit("seed", o.seed);
  visit("events", o.events);
  visit("users", o.users);
  visit("items", o.items);
  visit("queries", o.queries);
  visit("days", o.days);
  visit("days_after", o.days_after);
  visit("page", o.page);
  visit("tops", o.tops);
  visit("leaves", o.leaves);
  visit("dimensions", o.dimensions);
  visit("zipf", o.zipf);
  visit("effect_base", o.effects.base);
  visit("effect_topic", o.effects.topic);
  visit("effect_near_topic", o.effects.near_topic);
  visit("effect_named", o.effects.named);
  visit("effect_taste", o.effects.taste);
  visit("effect_mood", o.effects.mood);
  visit("effect_price", o.effects.price);
  visit("effect_gender", o.effects.gender);
  visit("effect_country", o.effects.country);
  visit("effect_affinity", o.effects.affinity);
  visit("effect_freshness", o.effects.freshness);
  visit("effect_look", o.effects.look);
  visit("effect_quality", o.effects.quality);
  visit("effect_seen", o.effects.seen);
  visit("position", o.behaviour.position);
  visit("accident", o.behaviour.accident);
  visit("come_back", o.behaviour.come_back);
  visit("requests", o.behaviour.requests);
  visit("activity", o.behaviour.activity);
  visit("joined_before", o.behaviour.joined_before);
  visit("drift", o.behaviour.drift);
  visit("daytime", o.behaviour.daytime);
  visit("engine_tokens", o.engine.tokens);
  visit("engine_popularity", o.engine.popularity);
  visit("engine_noise", o.engine.noise);
  visit("engine_explore", o.engine.explore);
  visit("engine_candidates", o.engine.candidates);
}

}  // namespace

WorldOptions complete(WorldOptions o) {
  check<uint64_t>("events", o.events, 1'000, 2'000'000'000);
  if (o.users == 0) o.users = static_cast<uint32_t>(std::max<uint64_t>(100, o.events / 400));
  if (o.items == 0) o.items = static_cast<uint32_t>(std::max<uint64_t>(2'000, o.events / 50));
  if (o.queries == 0) o.queries = std::max(200u, o.items / 5);
  check<uint32_t>("users", o.users, 2, 50'000'000);
  check<uint32_t>("items", o.items, 100, 20'000'000);
  check<uint32_t>("queries", o.queries, 10, 5'000'000);
  check<uint32_t>("days", o.days, 1, 3'650);
  check<uint32_t>("days_after", o.days_after, 0, 365);
  check<uint32_t>("page", o.page, 1, 100);
  check<uint32_t>("tops", o.tops, 1, 100);
  check<uint32_t>("leaves", o.leaves, 1, 100);
  check<uint32_t>("dimensions", o.dimensions, 2, 128);
  check<uint32_t>("engine_candidates", o.engine.candidates, o.page, 10'000);
  check("zipf", o.zipf, 0.0, 3.0);
  check("position", o.behaviour.position, 0.0, 5.0);
  check("accident", o.behaviour.accident, 0.0, 1.0);
  check("come_back", o.behaviour.come_back, 0.0, 0.95);
  check("requests", o.behaviour.requests, 1.0, 4.0);
  check("activity", o.behaviour.activity, 0.0, 3.0);
  check("joined_before", o.behaviour.joined_before, 0.1, 1.0);
  check("drift", o.behaviour.drift, 0.0, 1.0);
  check("daytime", o.behaviour.daytime, 0.0, 0.95);
  check("engine_noise", o.engine.noise, 0.0, 100.0);
  check("engine_explore", o.engine.explore, 0.0, 1.0);
  check_density(o);
  return o;
}

std::string to_json(const WorldOptions& options) {
  nlohmann::ordered_json out;
  each_field(options, [&](const char* name, const auto& value) { out[name] = value; });
  return out.dump(1) + "\n";
}

WorldOptions world_options_from_json(const std::string& text, const std::string& name) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object())
    throw data_error(name, 0, "", "no JSON object", "options of a marketplace");
  WorldOptions options;
  each_field(options, [&](const char* field, auto& value) {
    if (!json.contains(field) || !json[field].is_number()) {
      throw data_error(name, 0, field, "no number", "what `kaskad simulate` wrote");
    }
    json[field].get_to(value);
  });
  return complete(options);
}

void set_option(WorldOptions& options, const std::string& assignment) {
  const size_t equals = assignment.find('=');
  const std::string name = assignment.substr(0, equals);
  const std::string text = equals == std::string::npos ? "" : assignment.substr(equals + 1);
  std::string known;
  bool found = false;
  each_field(options, [&](const char* field, auto& value) {
    known += (known.empty() ? "" : ", ") + std::string(field);
    if (name != field) return;
    found = true;
    const char* end = text.data() + text.size();
    const auto [read, failure] = std::from_chars(text.data(), end, value);
    if (failure != std::errc() || read != end) {
      throw Error("the marketplace's '" + name + "': found '" + text + "', expected a number" +
                  (std::is_integral_v<std::decay_t<decltype(value)>> ? " without a point" : ""));
    }
  });
  if (!found) {
    throw Error("the marketplace has no option '" + name + "'; it has " + known);
  }
}

}  // namespace kaskad::sim
