// Counters that go on while they are served answer as a store that has counted everything.
#include "kaskad/counters/live_counters.h"

#include <gtest/gtest.h>

#include <thread>

#include "kaskad/counters/store_writer.h"
#include "tests/counters/search_log.h"

namespace kaskad {
namespace {

constexpr size_t kCounted = 100;  // lists of the log that the store has; the others come live

class LiveCountersTest : public testing::Test {
 protected:
  LiveCountersTest() {
    while (log_.lists[first_live_].time == log_.lists[first_live_ - 1].time) ++first_live_;
  }

  static CounterSpec spec_of(std::vector<std::vector<std::string>> segments) {
    CounterSpec spec;
    spec.segments = std::move(segments);
    spec.windows_days = {0, 1000};  // none of which is left within the log
    return spec;
  }

  std::shared_ptr<const CounterStore> store_of(const std::string& name, size_t lists,
                                               const CounterSpec& spec) {
    const Impressions counted = log_.write(name + "-lists", 0, lists);
    write_counter_store(directory_ / name, ListOrder({&counted}), log_.data.data, spec, {});
    return std::make_shared<const CounterStore>(CounterStore::open(directory_ / name));
  }

  std::string query_of(const SearchLog::List& list) const {
    return list.query == kNoQuery ? "" : log_.query_texts[index(list.query)];
  }

  // Tells the list as a server does: the page, then every action of its items.
  void tell(LiveCounters& live, size_t number) const {
    const SearchLog::List& list = log_.lists[number];
    const std::string user = list.user == kNoUser ? "" : "u" + std::to_string(index(list.user));
    const std::string query = query_of(list), request = "page " + std::to_string(number);
    std::vector<std::string> names;
    for (const ItemId item : list.items) {
      names.push_back(item == kNoItem ? "nowhere" : "i" + std::to_string(index(item)));
    }
    const std::vector<std::string_view> items(names.begin(), names.end());
    live.shown({user, request, query, items, list.time});
    for (size_t c = 0; c < items.size(); ++c) {
      // A page that shows an item twice has one action of it, so each place is a page of its own.
      const std::string place = request + ", place " + std::to_string(c);
      const LivePage one{user, place, query, std::span(items).subspan(c, 1), list.time};
      if (list.labels[2 * c] > 0) live.acted(one, "click");
      if (list.labels[2 * c + 1] > 0) live.acted(one, "buy");
    }
  }

  CounterRequest request_of(size_t number, const std::string& query) const {
    return {query, log_.lists[number].user, all_items_};
  }

  std::vector<ItemId> items_up_to(size_t count) const {
    std::vector<ItemId> items = {kNoItem};
    for (uint32_t item = 0; item < count; ++item) items.push_back(ItemId{item});
    return items;
  }

  static std::vector<float> answer(const auto& counters, const CounterStore& store,
                                   const CounterRequest& request) {
    std::vector<float> out(request.candidates.size() * store.num_features());
    counters.answer(request, out);
    return out;
  }

  void expect_as_counted(const CounterSpec& spec) {
    LiveCounters live(store_of("some", first_live_, spec));
    for (size_t l = first_live_; l < log_.lists.size(); ++l) tell(live, l);
    const auto all = store_of("all", log_.lists.size(), spec);
    for (size_t l = 0; l < log_.lists.size(); l += 7) {
      const std::string query = query_of(log_.lists[l]);
      const auto found = answer(live, *all, request_of(l, query));
      const auto expected = answer(*all, *all, request_of(l, query));
      for (size_t i = 0; i < found.size(); ++i) {
        ASSERT_NEAR(found[i], expected[i], 1e-5) << "list " << l << ", number " << i;
      }
    }
  }

  TempDir directory_;
  SearchLog log_;
  size_t first_live_ = kCounted;
  std::vector<ItemId> all_items_ = items_up_to(log_.options.items);
};

TEST_F(LiveCountersTest, AnswersAsAStoreThatCountedTheLivePagesToo) {
  expect_as_counted(spec_of({{"query", "item"}, {"item"}, {"user", "item"}}));
}

TEST_F(LiveCountersTest, WordsAndCategoriesAreAddedUp) {
  expect_as_counted(spec_of({{"query_token", "item"},
                             {"query_token", "country", "category"},
                             {"country", "item"},
                             {"category"}}));
}

TEST_F(LiveCountersTest, ASketchIsAddedTo) {
  CounterSpec spec = spec_of({{"query", "item"}, {"query_token", "category"}});
  spec.sketch_epsilon = 1e-4;  // wide enough for no two pairs to share a place
  expect_as_counted(spec);
}

TEST_F(LiveCountersTest, QueriesAndWordsThatNobodyAskedBeforeCount) {
  const auto store =
      store_of("some", first_live_, spec_of({{"query", "item"}, {"query_token", "item"}}));
  LiveCounters live(store);
  const std::vector<ItemId> items = {ItemId{3}, ItemId{4}};
  const CounterRequest request{"novel thing", kNoUser, items};
  const auto before = answer(live, *store, request);
  EXPECT_EQ(before, answer(*store, *store, request));
  const std::string_view shown[] = {"i3", "i4"};
  live.shown({"u1", "1", "novel thing", shown, store->as_of()});
  live.acted({"u1", "1", "novel thing", std::span(shown).first(1), store->as_of()}, "click");
  const auto after = answer(live, *store, request);
  const auto names = store->feature_names();
  const auto place = static_cast<size_t>(
      std::find(names.begin(), names.end(), "rate_query:item_click_all") - names.begin());
  const double prior = store->spec().prior_events, all = store->spec().prior_total;
  EXPECT_NEAR(after[place], (1 + prior) / (1 + all), 1e-6);
  EXPECT_NEAR(after[names.size() + place], prior / (1 + all), 1e-6);
  // One of its words is known with another query, too.
  const CounterRequest other{"novel idea", kNoUser, items};
  EXPECT_NE(answer(live, *store, other), answer(*store, *store, other));
}

TEST_F(LiveCountersTest, WhatIsToldTwiceCountsOnce) {
  const auto store = store_of("some", first_live_, spec_of({{"query", "item"}}));
  LiveCounters once(store), twice(store);
  for (size_t l = first_live_; l < log_.lists.size(); ++l) {
    tell(once, l);
    tell(twice, l);
    tell(twice, l);
  }
  const std::string query = log_.query_texts[0];
  EXPECT_EQ(answer(once, *store, request_of(0, query)),
            answer(twice, *store, request_of(0, query)));
}

TEST_F(LiveCountersTest, WhatTheStoreHasCountedAndOtherActionsAreNotTaken) {
  const auto store = store_of("some", first_live_, spec_of({{"query", "item"}}));
  LiveCounters live(store);
  const std::string_view item[] = {"i1"};
  live.shown({"u1", "1", "red", item, store->counted_until() - 1});
  live.acted({"u1", "1", "red", item, store->counted_until() - 1}, "click");
  live.acted({"u1", "2", "red", item, store->as_of()}, "yawn");
  EXPECT_EQ(live.pairs(), 0u);
  const auto request = request_of(0, log_.query_texts[0]);
  EXPECT_EQ(answer(live, *store, request), answer(*store, *store, request));
}

TEST_F(LiveCountersTest, MemoryIsBoundedAndSaysWhatItDropped) {
  const auto store = store_of("some", first_live_, spec_of({{"query", "item"}}));
  LiveCounters live(store, 5);
  for (size_t l = first_live_; l < log_.lists.size(); ++l) tell(live, l);
  EXPECT_EQ(live.pairs(), 5u);
  EXPECT_GT(live.dropped(), 0u);
  live.clear();
  EXPECT_EQ(live.pairs(), 0u);
  EXPECT_EQ(live.dropped(), 0u);
  const auto request = request_of(0, log_.query_texts[0]);
  EXPECT_EQ(answer(live, *store, request), answer(*store, *store, request));
}

TEST_F(LiveCountersTest, AnswersWhileItCounts) {
  const auto store = store_of("some", first_live_, spec_of({{"query", "item"}, {"item"}}));
  LiveCounters live(store);
  std::vector<std::thread> threads;
  for (size_t t = 0; t < 2; ++t) {
    threads.emplace_back([&, t] {
      for (size_t l = first_live_ + t; l < log_.lists.size(); l += 2) tell(live, l);
    });
    threads.emplace_back([&] {
      for (size_t l = 0; l < 50; ++l) {
        for (const float x : answer(live, *store, request_of(l, query_of(log_.lists[l])))) {
          ASSERT_GE(x, 0);
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  LiveCounters alone(store);
  for (size_t l = first_live_; l < log_.lists.size(); ++l) tell(alone, l);
  const auto request = request_of(3, log_.query_texts[1]);
  EXPECT_EQ(answer(live, *store, request), answer(alone, *store, request));
}

}  // namespace
}  // namespace kaskad
