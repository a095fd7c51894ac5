// What a simulated marketplace is made of: its size, how strongly each regularity is planted in it,
// and how people behave. docs/simulator.md says what each resembles. With a weight of 0 a
// regularity is absent, so that a test or a benchmark can ask what it is worth.
#pragma once

#include <cstdint>
#include <string>

namespace kaskad::sim {

// Weights in the utility of an item to somebody at a moment; chances are 1 / (1 + exp(-utility)).
struct Effects {
  double base = -3.4;       // of an item that nothing speaks for
  double topic = 2.2;       // the item is of the leaf category that is wanted
  double near_topic = 0.7;  // of another leaf of the same top category
  double named = 0.9;       // it has the brand or attribute that was named; without it: minus that
  double taste = 0.6;       // cosine of the user's taste and the item, times sqrt(dimensions)
  double mood = 0.5;        // the same with what the session is about
  double price = 3.0;       // times the distance of price levels (both 0 to 1), subtracted
  double gender = 0.8;      // the item's style suits the gender, with the sign of its category
  double country = 0.7;     // a brand of the user's country
  double affinity = 1.2;    // the topic has this item among its best; among its worst: minus that
  double freshness = 0.4;   // times exp(-age / 14 days)
  double look = 0.7;        // of the picture: brings clicks only
  double quality = 0.9;     // of the thing itself: brings what follows a click only
  double seen = -1.0;       // clicked before in this visit
};

struct Behaviour {
  double position = 0.7;       // a place k is looked at with the chance k^-position
  double accident = 0.01;      // chance that a place that is looked at is clicked by accident
  double come_back = 0.4;      // chance that a visit goes on with the intent of the one before
  double requests = 2.4;       // mean pages of a visit, at most kMostRequests
  double activity = 1.0;       // deviation of the logarithm of a user's visits
  double joined_before = 0.6;  // share of users from before the log; others join evenly during it
  double drift = 0.8;          // correlation of a taste with itself 30 days later
  double daytime = 0.7;        // swing of visits between night and afternoon; 0: none
};

// Of the engine that showed the pages of the log.
struct EngineOptions {
  double tokens = 1.0;          // weight of the share of the query that the title has
  double popularity = 0.25;     // weight of log(1 + clicks), with clicks fading over a week
  double noise = 0.3;           // width of evenly distributed noise on the score
  double explore = 0.05;        // share of places that go to any candidate
  uint32_t candidates = 1'000;  // at most so many items with a word of the query are looked at
};

struct WorldOptions {
  uint64_t seed = 1;
  uint64_t events = 1'000'000;  // items shown in the log, within some percent
  uint32_t users = 0;           // 0: events / 400, at least 100
  uint32_t items = 0;           // 0: events / 50, at least 2,000; all that ever live
  uint32_t queries = 0;         // 0: items / 5, at least 200; different strings, about
  uint32_t days = 60;           // of the log
  uint32_t days_after = 14;     // the world goes on so long, for playing after the log
  uint32_t page = 20;           // items on a page
  uint32_t tops = 8;            // top categories
  uint32_t leaves = 5;          // categories in each
  uint32_t dimensions = 16;     // of tastes, items and content vectors
  double zipf = 1.0;            // exponent of the popularity of topics
  Effects effects;
  Behaviour behaviour;
  EngineOptions engine;
};

constexpr uint32_t kMostRequests = 6;  // of one visit
constexpr int64_t kSecond = 1000;      // times are milliseconds
constexpr int64_t kDay = 86'400 * kSecond;
constexpr int64_t kStart = 1'767'225'600 * kSecond;  // 2026-01-01, the first day of every log
constexpr int64_t kVisitGap = 5'400 * kSecond;  // a visit ends before the user's next may begin

// With the zeros replaced. Throws Error naming the option, what was found and what was expected.
WorldOptions complete(WorldOptions options);

// The whole of it, for truth/config.json, and back; reading throws Error on what is no such text.
std::string to_json(const WorldOptions& options);
WorldOptions world_options_from_json(const std::string& text, const std::string& name);

// "effect_affinity=0": any number of the above by its name there. Throws Error naming all of them.
void set_option(WorldOptions& options, const std::string& assignment);

}  // namespace kaskad::sim
