#include "kaskad/counters/counter_store.h"

#include <gtest/gtest.h>

#include "kaskad/core/error.h"
#include "kaskad/counters/point_in_time.h"
#include "kaskad/counters/store_writer.h"
#include "tests/counters/plain_counters.h"

namespace kaskad {
namespace {

constexpr int64_t kDay = 24 * kLogHour;

class CounterStoreTest : public testing::Test {
 protected:
  // A store of the log's lists [0, end) as of `as_of`, in directory `name`.
  CounterStore build(const SearchLog& log, const CounterSpec& spec, size_t end,
                     std::optional<int64_t> as_of = {}, int threads = 1,
                     const std::string& name = "store") {
    const Impressions lists = log.write("lists-" + name, 0, end);
    CountOptions options;
    options.as_of = as_of;
    options.threads = threads;
    write_counter_store(directory_ / name, ListOrder({&lists}), log.data.data, spec, options);
    return CounterStore::open(directory_ / name);
  }

  static std::vector<float> answer(const CounterStore& store, const SearchLog& log,
                                   const ImpressionList& list) {
    CounterRequest request;
    if (list.query != kNoQuery) request.query = log.query_texts[index(list.query)];
    request.user = list.user;
    request.candidates = list.items;
    std::vector<float> out(list.size() * store.num_features());
    store.answer(request, out);
    return out;
  }

  static void expect_near(const std::vector<float>& found, const std::vector<float>& expected) {
    ASSERT_EQ(found.size(), expected.size());
    for (size_t i = 0; i < found.size(); ++i) ASSERT_NEAR(found[i], expected[i], 1e-5) << i;
  }

  TempDir directory_;
};

TEST_F(CounterStoreTest, AnswersAsTheReplayDoesAtThatMoment) {
  const SearchLog log;
  const CounterSpec spec = rich_spec();
  std::vector<std::vector<float>> replay;
  const Impressions lists = log.write("all", 0, log.lists.size());
  replay_counters(ListOrder({&lists}), log.data.data, spec, 1, [&](const ListFeatures& one) {
    replay.emplace_back(one.values.begin(), one.values.end());
  });
  for (const size_t l : {0u, 1u, 40u, 159u}) {
    const ImpressionList list = log.lists[l].view();
    // The store may be given later lists: they do not count.
    const CounterStore store = build(log, spec, log.lists.size(), list.time);
    EXPECT_EQ(store.as_of(), list.time);
    expect_near(answer(store, log, list), replay[l]);
  }
  const CounterStore store = build(log, spec, 160);
  EXPECT_EQ(store.feature_names(), counter_feature_names(spec, {"click", "buy"}));
}

TEST_F(CounterStoreTest, EqualsThePlainReferenceForAnyCandidates) {
  const SearchLog log;
  const CounterSpec spec = rich_spec();
  const CounterStore store = build(log, spec, 160);
  const PlainCounters plain(log, spec);
  std::vector<ItemId> all;
  for (uint32_t item = 0; item < 41; ++item) all.push_back(ItemId{item});  // 40 has no id
  all.back() = kNoItem;
  for (const size_t l : {3u, 77u}) {
    ImpressionList list = log.lists[l].view();
    list.items = all;
    expect_near(answer(store, log, list), plain.features(list, store.as_of(), 160));
  }
}

TEST_F(CounterStoreTest, UnknownQueriesAndUsersHaveNoEvents) {
  const SearchLog log;
  CounterSpec spec;
  spec.windows_days = {0};
  spec.segments = {{"query", "item"}, {"query_token", "item"}, {"country", "item"}};
  const CounterStore store = build(log, spec, 160);
  const std::vector<ItemId> items = {ItemId{0}};
  std::vector<float> out(store.num_features());
  store.answer({"green star", UserId{9999}, items}, out);
  const size_t features = store.num_features() / 3, missing = features - 3;
  EXPECT_FLOAT_EQ(out[0], 0.3F / 10);
  EXPECT_EQ(out[missing], 1);             // the query was never asked
  EXPECT_EQ(out[features + missing], 0);  // "star" was
  EXPECT_EQ(out[2 * features + missing], 1);
}

TEST_F(CounterStoreTest, NewDaysMakeTheStoreOfAllDays) {
  const SearchLog log;
  for (const uint32_t top : {0u, 3u}) {
    CounterSpec spec = rich_spec();
    spec.top = top;
    const size_t first = 70, second = 110;
    const CounterStore early = build(log, spec, first, {}, 1, "grown");
    for (const size_t end : {second, log.lists.size()}) {
      const Impressions lists = log.write("more", 0, end);  // the early lists are not counted again
      update_counter_store(directory_ / "grown", ListOrder({&lists}), log.data.data, {});
    }
    const CounterStore grown = CounterStore::open(directory_ / "grown");
    EXPECT_EQ((grown.as_of() - early.as_of()) % kDay, 0);
    EXPECT_GE(grown.as_of(), log.lists.back().time + 1);
    const CounterStore whole = build(log, spec, log.lists.size(), grown.as_of(), 1, "whole");
    for (size_t l = 0; l < log.lists.size(); l += 7) {
      const ImpressionList list = log.lists[l].view();
      expect_near(answer(grown, log, list), answer(whole, log, list));
    }
    for (size_t s = 0; s < whole.num_segments(); ++s) {
      EXPECT_EQ(grown.table(s).num_rows(), whole.table(s).num_rows());
      EXPECT_EQ(grown.table(s).num_cells(), whole.table(s).num_cells());
    }
  }
}

// New impressions number queries and items anew, and lack some of the old ones.
TEST_F(CounterStoreTest, UpdatesMatchQueriesAndItemsByName) {
  const SearchLog log;
  CounterSpec spec;
  spec.segments = {{"query", "item"}, {"query_token", "category"}, {"country", "item"}};
  const CounterStore early = build(log, spec, 160, {}, 1, "grown");
  const ImpressionList asked = log.lists[50].view();

  SearchLogOptions options;
  options.lists = 20;
  options.items = 30;
  options.first_time = log.lists.back().time + kLogHour;
  SearchLog newer(options);
  newer.query_texts = {"green", "red"};  // "red" was number 0
  for (auto& list : newer.lists) list.query = QueryId{0};
  const Impressions lists = newer.write("newer", 0, 20);
  update_counter_store(directory_ / "grown", ListOrder({&lists}), newer.data.data, {});

  const CounterStore grown =
      CounterStore::open(directory_ / "grown", log.data.data.items(), log.data.data.users());
  const CounterStore alone = build(log, spec, 160, grown.as_of(), 1, "alone");
  CounterRequest request;
  request.candidates = asked.items;
  request.user = asked.user;
  for (const std::string& text : log.query_texts) {
    // Of the first two segments: queries of the old log have got no new impressions, but for words.
    request.query = text;
    std::vector<float> found(asked.size() * grown.num_features()), expected(found.size());
    grown.answer(request, found);
    alone.answer(request, expected);
    const size_t features = grown.layout().num_features();
    for (size_t c = 0; c < asked.size(); ++c) {
      for (size_t i = 0; i < features; ++i) {
        const size_t at = c * grown.num_features() + i;
        ASSERT_NEAR(found[at], expected[at], 1e-6) << text;
      }
    }
  }
  EXPECT_TRUE(grown.queries().find("green").has_value());
  EXPECT_EQ(grown.queries().size(), 1 + log.query_texts.size());
}

// As by the definition: the three with most actions, then impressions, then the smallest number.
TEST_F(CounterStoreTest, TopItemsAloneAreKept) {
  const SearchLog log;
  CounterSpec spec;
  spec.segments = {{"query", "item"}};
  spec.windows_days = {7, 0};
  const CounterStore all = build(log, spec, 160, {}, 1, "all");
  spec.top = 3;
  const CounterStore top = build(log, spec, 160, {}, 1, "top");
  ASSERT_EQ(all.table(0).num_rows(), top.table(0).num_rows());
  for (size_t row = 0; row < all.table(0).num_rows(); ++row) {
    std::vector<std::tuple<double, double, uint32_t>> order;
    for (uint32_t item = 0; item < 40; ++item) {
      const uint64_t cell = all.table(0).row(row).find(item);
      if (cell == SegmentTable::kNoCell) continue;
      const float* pair = all.table(0).cell(cell);  // (shown, click, buy) x (7d, all)
      order.emplace_back(-pair[3] - pair[5], -pair[1], item);
    }
    std::sort(order.begin(), order.end());
    order.resize(std::min<size_t>(order.size(), 3));
    ASSERT_EQ(top.table(0).keys_of(row).size(), order.size());
    for (const auto& [actions, shown, item] : order) {
      EXPECT_NE(top.table(0).row(row).find(item), SegmentTable::kNoCell);
    }
  }
}

TEST_F(CounterStoreTest, TheReplayKeepsTheSameTopItems) {
  const SearchLog log;
  CounterSpec spec = rich_spec();
  spec.top = 2;
  std::vector<std::vector<float>> replay;
  const Impressions lists = log.write("all", 0, log.lists.size());
  replay_counters(ListOrder({&lists}), log.data.data, spec, 1, [&](const ListFeatures& one) {
    replay.emplace_back(one.values.begin(), one.values.end());
  });
  for (const size_t l : {30u, 80u, 159u}) {
    const ImpressionList list = log.lists[l].view();
    const CounterStore store = build(log, spec, 160, list.time);
    expect_near(answer(store, log, list), replay[l]);
  }
}

// Shares of clicks by pair, beside those that are counted: C(q) is exact, so that the sketch's
// error of C(q, p) is that of the share times N + b.
TEST_F(CounterStoreTest, SketchesErrByMoreThanTheBoundForFewPairs) {
  const SearchLog log;
  CounterSpec spec;
  spec.segments = {{"query", "item"}, {"query_token", "item"}};
  spec.windows_days = {0};
  spec.rates = false;
  const CounterStore exact = build(log, spec, 160, {}, 1, "exact");
  spec.sketch_epsilon = 0.02;
  spec.sketch_delta = 0.1;
  const CounterStore sketch = build(log, spec, 160, {}, 1, "sketch");
  std::vector<ItemId> items;
  for (uint32_t item = 0; item < 40; ++item) items.push_back(ItemId{item});
  double all = 0;  // impressions of pairs of a query and an item
  for (size_t row = 0; row < exact.table(0).num_rows(); ++row) all += exact.table(0).total(row)[0];
  size_t beyond = 0, pairs = 0;
  for (uint32_t query = 0; query < log.query_texts.size(); ++query) {
    const CounterRequest request{log.query_texts[query], kNoUser, items};
    std::vector<float> expected(items.size() * exact.num_features()), found(expected.size());
    exact.answer(request, expected);
    sketch.answer(request, found);
    const uint32_t row = exact.table(0).find_row(std::vector{query});
    const double scale = exact.table(0).total(row)[0] + spec.prior_total;
    for (size_t c = 0; c < items.size(); ++c, ++pairs) {
      const size_t at = c * exact.num_features();  // share of impressions
      const double error = (double{found[at]} - double{expected[at]}) * scale;
      ASSERT_GT(error, -1e-3);
      beyond += error > spec.sketch_epsilon * all;
      const size_t missing = at + exact.layout().num_features() - 3;
      EXPECT_EQ(found[missing], expected[missing]);
    }
  }
  EXPECT_LE(static_cast<double>(beyond), spec.sketch_delta * static_cast<double>(pairs));
  const Impressions lists = log.write("more", 0, 160);
  EXPECT_THROW(update_counter_store(directory_ / "sketch", ListOrder({&lists}), log.data.data, {}),
               Error);
}

TEST_F(CounterStoreTest, FilesDoNotDependOnThreads) {
  const SearchLog log;
  build(log, rich_spec(), 160, {}, 1, "one");
  build(log, rich_spec(), 160, {}, 4, "four");
  EXPECT_EQ(read_file(directory_ / "one/manifest.json"),
            read_file(directory_ / "four/manifest.json"));
}

TEST_F(CounterStoreTest, TopRowsAreNamed) {
  const SearchLog log;
  CounterSpec spec;
  spec.segments = {{"query", "country", "item"}, {"item"}};
  const CounterStore store = build(log, spec, 160);
  const auto rows = store.top_rows(0, 4, 2);
  ASSERT_EQ(rows.size(), 4u);
  EXPECT_NE(rows[0].left.find(", "), std::string::npos);
  EXPECT_GE(rows[0].total[0], rows[1].total[0]);
  ASSERT_EQ(rows[0].cells.size(), 2u);
  EXPECT_EQ(rows[0].cells[0].right.front(), 'i');
  const auto all = store.top_rows(1, 4, 2);
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].left, "");
}

TEST_F(CounterStoreTest, DamageIsNamed) {
  const SearchLog log;
  build(log, rich_spec(), 160);
  const auto error = [&]() -> std::string {
    try {
      CounterStore::open(directory_ / "store");
    } catch (const Error& fault) {
      return fault.what();
    }
    return "";
  };
  const std::string path = directory_ / "store/segment_0_cells.npy";
  std::string bytes = read_file(path);
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  write_file(path, bytes);
  EXPECT_NE(error().find("segment_0_cells.npy' is damaged"), std::string::npos);
  std::filesystem::remove_all(directory_ / "store");
  EXPECT_NE(error().find("'kaskad count'"), std::string::npos);
}

}  // namespace
}  // namespace kaskad
