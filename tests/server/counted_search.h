// A cascade for tests of live counters: ten items, of which a counter of clicks a page puts the
// best in front; nobody asked for "hats" before.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "kaskad/counters/store_writer.h"
#include "kaskad/ranking/query_rankers.h"
#include "kaskad/server/served.h"
#include "tests/cascade/fakes.h"
#include "tests/counters/search_log.h"

namespace kaskad {

class CountedSearch {
 public:
  CountedSearch() {
    const Impressions lists = log_.write("lists", 0, log_.lists.size());
    CounterSpec spec;
    spec.windows_days = {0};
    const ListOrder order({&lists});
    as_of_ = order.end_time();
    write_counter_store(directory_ / "counters", order, log_.data.data, spec, {});
  }

  // With counters of its own, each time.
  Bundles cascade() const {
    CascadeBuilder builder;
    builder.retriever("all", {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, 10);
    builder.ranker("rank", std::vector<float>(10, 0.0F), 10);
    auto bundle = std::make_shared<RankerBundle>();
    bundle->kind = "counters";
    bundle->hash = "0123456789abcdef";
    bundle->time_kind = TimeKind::kClock;
    bundle->items = builder.ids(10);
    bundle->ranker = std::make_unique<CounterRanker>(
        std::make_shared<const CounterStore>(CounterStore::open(directory_ / "counters")),
        "rate_query:item_click_all");
    builder.parts.rank.model = std::move(bundle);
    return {.cascade = builder.build()};
  }
  int64_t as_of() const { return as_of_; }  // what the counters have all of, milliseconds

 private:
  TempDir directory_;
  const SearchLog log_{{.items = 10}};
  int64_t as_of_ = 0;
};

}  // namespace kaskad
