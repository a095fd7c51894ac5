#include "kaskad/ranking/list_segments.h"

#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>

#include "kaskad/ranking/simple_rankers.h"
#include "tests/dataset/make_dataset.h"

namespace kaskad {
namespace {

struct Asked {
  std::optional<uint32_t> query;  // 0: tea, 1: mug, 2: pot
  std::vector<uint32_t> items;
  std::vector<float> labels;
  uint32_t history = 0;
};

class ListSegmentsTest : public testing::Test {
 protected:
  ListSegmentsTest() : log_({{"ann", "a", 1}, {"ann", "b", 2}, {"ann", "c", 3}}) {}

  Impressions write(const std::string& part, const std::vector<Asked>& all) {
    ImpressionWriter writer(1, 0);
    for (const Asked& asked : all) {
      std::vector<ItemId> items;
      std::vector<float> scores;
      std::vector<uint32_t> ranks;
      for (const uint32_t item : asked.items) {
        items.push_back(ItemId{item});
        ranks.push_back(static_cast<uint32_t>(items.size()));
        scores.push_back(1.0f / static_cast<float>(items.size()));
      }
      const std::vector<uint32_t> missed = {0};
      ImpressionList list{UserId{0}, 9,  asked.history, missed, items, scores,
                          ranks,     {}, asked.labels,  {}};
      if (asked.query) list.query = QueryId{*asked.query};
      writer.append(list);
    }
    ImpressionFacts facts;
    facts.heads = {"click"};
    facts.dataset_hash = log_.hash;
    const auto directory = log_.directory / part;
    std::filesystem::create_directories(directory);
    const std::vector<std::string_view> queries = {"tea", "mug", "pot"};
    const bool any = all[0].query.has_value();
    writer.finish(directory, std::vector<uint32_t>{3}, facts,
                  any ? std::span(queries) : std::span<const std::string_view>());
    return Impressions::open(directory);
  }

  // Name of group and part -> its lists.
  std::map<std::string, std::vector<uint32_t>> segments(const Impressions& lists,
                                                        const Impressions& train) {
    std::map<std::string, std::vector<uint32_t>> found;
    for (const ListSegment& segment : list_segments(lists, train, {})) {
      found[segment.group + " " + segment.name] = segment.lists;
    }
    return found;
  }

  TestDataset log_;
};

using Parts = std::map<std::string, std::vector<uint32_t>>;

TEST_F(ListSegmentsTest, HalfOfTheListsOfTrainingMakeTheirQueriesPopular) {
  const Impressions train = write("train", {{0, {0}, {1}}, {0, {0}, {1}}, {1, {0}, {1}}});
  const Impressions test =
      write("test", {{1, {0}, {1}}, {0, {0}, {1}}, {2, {0}, {1}}, {0, {0}, {1}}});
  EXPECT_EQ(segments(test, train),
            (Parts{{"queries popular", {1, 3}}, {"queries rare", {0}}, {"queries new", {2}}}));
}

TEST_F(ListSegmentsTest, ListsWithoutAnAnswerHaveNoNumber) {
  const Impressions train = write("train", {{0, {0}, {1}}});
  const Impressions test = write("test", {{0, {0}, {0}}, {0, {0}, {1}}, {1, {0}, {1}}});
  EXPECT_EQ(segments(test, train), (Parts{{"queries popular", {0}}, {"queries new", {1}}}));
}

TEST_F(ListSegmentsTest, ANewItemIsOneThatNoListOfTrainingShowed) {
  const Impressions train = write("train", {{{}, {0, 1}, {1, 0}}});
  const Impressions test =
      write("test", {{{}, {1, 2}, {1, 0}}, {{}, {1, 2}, {0, 1}}, {{}, {0, 2}, {1, 1}}});
  EXPECT_EQ(segments(test, train), (Parts{{"items known", {0}}, {"items new", {1, 2}}}));
}

TEST_F(ListSegmentsTest, AUserIsNewWithoutAHistory) {
  const Impressions train = write("train", {{{}, {0}, {1}}});
  const Impressions test = write("test", {{{}, {0}, {1}, 0}, {{}, {0}, {1}, 2}});
  EXPECT_EQ(segments(test, train), (Parts{{"users new", {0}}, {"users returning", {1}}}));
}

TEST_F(ListSegmentsTest, AGroupOfOnePartSaysNothing) {
  const Impressions lists = write("train", {{0, {0}, {1}}, {0, {0}, {1}}});
  EXPECT_EQ(segments(lists, lists), Parts());
}

TEST_F(ListSegmentsTest, MetricsOfAPartAreThoseOfItsLists) {
  const Impressions train = write("train", {{0, {0, 1}, {1, 0}}});
  const Impressions test = write("test", {{0, {0, 1}, {1, 0}}, {1, {0, 1}, {0, 1}}});
  const auto found = evaluate_lists(RetrievalOrder(3), "order", log_.data, test, {});
  const auto all = list_segments(test, train, {});
  ASSERT_EQ(all.size(), 2u);
  ASSERT_EQ(all[0].name, "new");
  const auto value_of = [&](const ListSegment& segment, const std::string& metric) {
    for (const MetricResult& result : measure_segment(found, segment, {.resamples = 100})) {
      EXPECT_EQ(result.name.find("auc"), std::string::npos);
      if (result.name == metric) return result.interval.value;
    }
    ADD_FAILURE() << metric;
    return -1.0;
  };
  EXPECT_EQ(value_of(all[0], "mrr"), 0.5);
  EXPECT_EQ(value_of(all[1], "mrr"), 1);
  const nlohmann::json json = to_json(all, {found}, {.resamples = 100});
  EXPECT_EQ(json[0]["rankers"]["order"]["hits@1"]["value"], 0);
  EXPECT_EQ(json[1]["lists"], 1);
}

}  // namespace
}  // namespace kaskad
