// What every EventStore must do. A test of a store makes it by name of a place that survives its
// closing, and runs all of these:
//   using MakeStore = std::function<std::unique_ptr<EventStore>(const StoreLimits&)>;
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <random>
#include <thread>

#include "kaskad/state/event_store.h"
#include "tests/state/plain_store.h"

namespace kaskad::battery {

// Opens the same store each time; the one before it is closed by then.
using MakeStore = std::function<std::unique_ptr<EventStore>(const StoreLimits&)>;

inline LiveEvent event_of(const std::string& user, const std::string& item, int64_t time,
                          const std::string& id = "") {
  return {.id = id,
          .user_id = user,
          .item_id = item,
          .action = "click",
          .query = "",
          .request_id = "",
          .time = time,
          .weight = 1};
}

inline std::vector<std::string> items_of(const std::vector<LiveEvent>& events) {
  std::vector<std::string> items;
  for (const LiveEvent& event : events) items.push_back(event.item_id);
  return items;
}

using Items = std::vector<std::string>;
constexpr size_t kAll = 1000;

inline void keeps_every_field(const MakeStore& make) {
  const LiveEvent full{.id = "e1",
                       .user_id = std::string("u\0\xff", 3),
                       .item_id = "item 7",
                       .action = "purchase",
                       .query = "red shoes",
                       .request_id = "r9",
                       .time = -5,
                       .weight = 2.5F};
  make({})->append({&full, 1});
  const auto found = make({})->history(full.user_id, kAll);  // after closing and opening
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0], full);
}

inline void late_events_land_in_the_order_of_time(const MakeStore& make) {
  const auto store = make({});
  const LiveEvent events[] = {event_of("u", "b", 20), event_of("u", "d", 40),
                              event_of("u", "a", 10), event_of("u", "c", 20)};
  for (const LiveEvent& event : events) store->append({&event, 1});
  EXPECT_EQ(items_of(store->history("u", kAll)), (Items{"a", "b", "c", "d"}));
  EXPECT_EQ(items_of(store->history("u", 2)), (Items{"c", "d"})) << "the newest";
  EXPECT_TRUE(store->history("uu", kAll).empty());
  EXPECT_TRUE(store->history("", kAll).empty());
}

inline void an_event_sent_twice_counts_once(const MakeStore& make) {
  const LiveEvent events[] = {event_of("u", "a", 1, "e1"), event_of("u", "b", 2, "e1"),
                              event_of("v", "a", 1, "e1"), event_of("u", "a", 1),
                              event_of("u", "a", 1)};
  const auto kept = make({})->append(events);
  EXPECT_EQ(kept, (std::vector{Kept::kStored, Kept::kDuplicate, Kept::kStored, Kept::kStored,
                               Kept::kDuplicate}));
  EXPECT_EQ(make({})->append(events), std::vector(5, Kept::kDuplicate)) << "also later";
}

inline void old_events_and_long_histories_are_bounded(const MakeStore& make) {
  const StoreLimits limits{.events_per_user = 3, .max_age = 100};
  const auto store = make(limits);
  for (int64_t time = 1; time <= 30; ++time) {
    const LiveEvent event = event_of("u", std::to_string(time), time);
    store->append({&event, 1});
  }
  EXPECT_EQ(items_of(store->history("u", kAll)), (Items{"28", "29", "30"}));
  const LiveEvent later[] = {event_of("v", "x", 129), event_of("w", "y", 28)};
  EXPECT_EQ(store->append({later, 1}), std::vector{Kept::kStored});
  EXPECT_EQ(items_of(store->history("u", kAll)), (Items{"29", "30"})) << "28 is 101 old";
  EXPECT_EQ(store->append({later + 1, 1}), std::vector{Kept::kExpired});
  EXPECT_EQ(store->newest(), 129);
}

inline void a_deleted_user_is_forgotten(const MakeStore& make) {
  const auto store = make({});
  const LiveEvent events[] = {event_of("u", "a", 10), event_of("u", "b", 20),
                              event_of("v", "c", 20)};
  store->append(events);
  EXPECT_EQ(store->erased_until("u"), std::nullopt);
  EXPECT_EQ(store->erase_user("u", 20), 2U);
  EXPECT_TRUE(store->history("u", kAll).empty());
  EXPECT_EQ(items_of(store->history("v", kAll)), Items{"c"});
  EXPECT_EQ(store->erased_until("u"), 20);
  const LiveEvent again[] = {event_of("u", "a", 10), event_of("u", "z", 20),
                             event_of("u", "n", 21)};
  EXPECT_EQ(store->append(again), (std::vector{Kept::kErased, Kept::kErased, Kept::kStored}))
      << "what came late of the time before stays away";
  EXPECT_EQ(items_of(store->history("u", kAll)), Items{"n"});
  store->erase_user("u", 5);
  EXPECT_EQ(store->erased_until("u"), 20) << "an earlier moment takes nothing back";
}

inline void equals_the_plain_store(const MakeStore& make) {
  const StoreLimits limits{.events_per_user = 20, .max_age = 400};
  PlainStore plain(limits);
  std::unique_ptr<EventStore> store = make(limits);
  std::mt19937 random(7);
  const auto below = [&](uint32_t bound) { return static_cast<int>(random() % bound); };
  for (int step = 0; step < 400; ++step) {
    std::vector<LiveEvent> batch;
    for (int i = below(8); i >= 0; --i) {
      LiveEvent event = event_of("u" + std::to_string(below(5)), "i" + std::to_string(below(9)),
                                 step + below(60) - below(500));
      if (below(3) == 0) event.id = "e" + std::to_string(below(200));
      batch.push_back(event);
    }
    ASSERT_EQ(store->append(batch), plain.append(batch)) << step;
    if (below(40) == 0) {
      const std::string user = "u" + std::to_string(below(5));
      EXPECT_EQ(store->erase_user(user, step + 60), plain.erase_user(user, step + 60));
    }
    if (below(50) == 0) {
      store.reset();
      store = make(limits);
    }
    for (const char* user : {"u0", "u1", "u2", "u3", "u4"}) {
      ASSERT_EQ(store->history(user, kAll), plain.history(user, kAll)) << step << " " << user;
      const UserState state = store->user_state(user, kAll),
                      expected = plain.user_state(user, kAll);
      ASSERT_EQ(state.events, expected.events) << step << " " << user;
      ASSERT_EQ(state.erased_until, expected.erased_until) << step << " " << user;
      ASSERT_EQ(state.newest, expected.newest) << step << " " << user;
    }
    ASSERT_EQ(store->newest(), plain.newest());
  }
  std::map<std::string, int> scanned;
  int64_t last = std::numeric_limits<int64_t>::min();
  store->scan(100, [&](const LiveEvent& event) {
    EXPECT_GE(event.time, std::max<int64_t>(100, last));
    last = event.time;
    ++scanned[event.user_id + event.item_id + std::to_string(event.time) + event.id];
  });
  for (const char* user : {"u0", "u1", "u2", "u3", "u4"}) {
    for (const LiveEvent& event : plain.history(user, kAll)) {
      if (event.time < 100) continue;
      const auto name = event.user_id + event.item_id + std::to_string(event.time) + event.id;
      EXPECT_EQ(scanned[name], 1) << name;
    }
  }
}

inline void many_threads_at_once_lose_nothing(const MakeStore& make) {
  const auto store = make({});
  constexpr int kThreads = 4, kEvents = 60;
  std::vector<std::thread> threads;
  std::vector<size_t> stored(kThreads);
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEvents; ++i) {  // each event is sent by two threads
        const std::string id = std::to_string(t / 2) + "-" + std::to_string(i);
        const LiveEvent two[] = {event_of("u" + std::to_string(i % 3), id, i, id),
                                 event_of("v", id, i, id)};
        for (const Kept kept : store->append(two)) stored[t] += kept == Kept::kStored;
        store->history("v", 10);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(stored[0] + stored[1] + stored[2] + stored[3], 2U * kThreads / 2 * kEvents);
  EXPECT_EQ(store->history("v", kAll).size(), size_t{kThreads / 2 * kEvents});
}

}  // namespace kaskad::battery
