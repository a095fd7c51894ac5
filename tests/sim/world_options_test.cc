#include "kaskad/sim/world_options.h"

#include <gtest/gtest.h>

#include <functional>

#include "kaskad/core/error.h"

namespace kaskad::sim {
namespace {

std::string error_of(const std::function<void(WorldOptions&)>& change) {
  WorldOptions options;
  change(options);
  try {
    complete(options);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(WorldOptions, SizesFollowTheEvents) {
  WorldOptions options;
  options.events = 2'000'000;
  const WorldOptions world = complete(options);
  EXPECT_EQ(world.users, 2'000'000u / 400);
  EXPECT_EQ(world.items, 2'000'000u / 50);
  EXPECT_EQ(world.queries, 2'000'000u / 50 / 5);
  options.events = 10'000;  // small ones have enough of everything
  EXPECT_EQ(complete(options).users, 100u);
  EXPECT_EQ(complete(options).items, 2'000u);
}

TEST(WorldOptions, WhatCannotBeIsRefusedByName) {
  EXPECT_EQ(error_of([](WorldOptions& o) { o.events = 5; }),
            "the marketplace's 'events': found 5, expected 1000 to 2000000000");
  EXPECT_EQ(error_of([](WorldOptions& o) { o.behaviour.drift = 1.5; }),
            "the marketplace's 'drift': found 1.5, expected 0.0 to 1.0");
  EXPECT_NE(error_of([](WorldOptions& o) { o.page = 0; }).find("'page': found 0"),
            std::string::npos);
  // 20,000,000 / (20 items a page * 2.4 pages) = 416,667 visits of 100 users in 60 days
  const std::string dense = error_of([](WorldOptions& o) {
    o.events = 20'000'000;
    o.users = 100;
  });
  EXPECT_NE(dense.find("about 69 visits a user and day, expected at most 4"), std::string::npos)
      << dense;
}

TEST(WorldOptions, TextHoldsAllOfThem) {
  WorldOptions options;
  options.seed = 7;
  options.effects.affinity = 0.25;
  options.engine.explore = 0.5;
  const WorldOptions world = complete(options);
  const WorldOptions read = world_options_from_json(to_json(world), "config.json");
  EXPECT_EQ(to_json(read), to_json(world));
  EXPECT_EQ(read.effects.affinity, 0.25);
  EXPECT_THROW(world_options_from_json("[]", "config.json"), Error);
  EXPECT_THROW(world_options_from_json("{\"seed\": 1}", "config.json"), Error);
}

TEST(WorldOptions, AnyOfThemIsSetByName) {
  WorldOptions options;
  set_option(options, "effect_gender=0.5");
  set_option(options, "days=9");
  EXPECT_EQ(options.effects.gender, 0.5);
  EXPECT_EQ(options.days, 9u);
  for (const char* bad : {"gender=1", "days=1.5", "days=", "days"}) {
    EXPECT_THROW(set_option(options, bad), Error) << bad;
  }
}

}  // namespace
}  // namespace kaskad::sim
