#include "kaskad/ranking/recount.h"

#include <gtest/gtest.h>

#include "kaskad/counters/store_writer.h"
#include "kaskad/ranking/query_rankers.h"
#include "tests/counters/search_log.h"
#include "tests/dataset/messages.h"

namespace kaskad {
namespace {

class RecountTest : public testing::Test {
 protected:
  RecountTest() {
    register_query_rankers();
    count("old", 100, {});
    count("new", 160, {});
    write(CounterRanker(store("old"), "share_query:item_click_all"), "ranker");
  }

  void count(const std::string& name, size_t lists, const CounterSpec& spec) {
    const Impressions counted = log_.write(name + "-lists", 0, lists);
    write_counter_store(directory_ / name, ListOrder({&counted}), log_.data.data, spec, {});
  }
  std::shared_ptr<const CounterStore> store(const std::string& name) const {
    return std::make_shared<const CounterStore>(CounterStore::open(directory_ / name));
  }
  template <typename SomeRanker>
  void write(const SomeRanker& ranker, const std::string& name) {
    const Impressions lists = log_.write(name + "-golden", 0, 20);
    RankerBundleContents contents;
    contents.dataset = &log_.data.data;
    contents.lists = &lists;
    contents.config_json = ranker.config_json();
    write_ranker_bundle(directory_ / name, contents, ranker,
                        [&](const std::string& to) { ranker.save(to); });
  }
  std::string error(const std::string& counters, const std::string& ranker = "ranker") {
    return message_of([&] {
      recount(load_ranker_bundle(directory_ / ranker), directory_ / counters, directory_ / "out");
    });
  }
  static std::vector<float> scores(const Ranker& ranker, std::string_view query) {
    const std::vector<ItemId> items = {ItemId{0}, ItemId{1}, ItemId{2}, ItemId{7}, kNoItem};
    RankRequest request;
    request.candidates = items;
    request.query = query;
    std::vector<float> out(items.size());
    ranker.score({&request, 1}, out);
    return out;
  }

  TempDir directory_;
  const SearchLog log_;
};

TEST_F(RecountTest, TheRankerScoresByTheNewerCounters) {
  const RankerBundle before = load_ranker_bundle(directory_ / "ranker");
  const Recounted moments = recount(before, directory_ / "new", directory_ / "out");
  const RankerBundle after = load_ranker_bundle(directory_ / "out");  // its golden requests hold
  EXPECT_EQ(moments.before, store("old")->counted_until());
  EXPECT_EQ(moments.now, store("new")->counted_until());
  EXPECT_NE(after.hash, before.hash);
  const CounterRanker expected(store("new"), "share_query:item_click_all");
  for (const std::string& query : log_.query_texts) {
    EXPECT_EQ(scores(*after.ranker, query), scores(expected, query)) << query;
  }
  EXPECT_NE(scores(*after.ranker, log_.query_texts[0]),
            scores(*before.ranker, log_.query_texts[0]));
}

TEST_F(RecountTest, ABundleMayTakeItsOwnPlace) {
  recount(load_ranker_bundle(directory_ / "ranker"), directory_ / "new", directory_ / "ranker");
  const CounterRanker expected(store("new"), "share_query:item_click_all");
  EXPECT_EQ(scores(*load_ranker_bundle(directory_ / "ranker").ranker, log_.query_texts[1]),
            scores(expected, log_.query_texts[1]));
}

TEST_F(RecountTest, CountersOfAnotherKindAreRefused) {
  CounterSpec spec;
  spec.windows_days = {3, 0};
  count("windows", 160, spec);
  EXPECT_NE(error("windows").find("expected those that ranker"), std::string::npos);
  SearchLogOptions options;
  options.items = 41;
  const SearchLog other(options);
  const Impressions lists = other.write("other-lists", 0, 160);
  write_counter_store(directory_ / "other", ListOrder({&lists}), other.data.data, {}, {});
  EXPECT_NE(error("other").find("found other items"), std::string::npos);
  write(Bm25Ranker(log_.data.data.item_features(), log_.data.data.num_items(), {"category"}, {}),
        "words");
  EXPECT_NE(error("new", "words").find("keeps no counters of pairs"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(directory_ / "out"));
}

}  // namespace
}  // namespace kaskad
