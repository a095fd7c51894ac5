#include "kaskad/ranking/make_lists.h"

#include <gtest/gtest.h>

#include <set>

#include "kaskad/core/error.h"
#include "kaskad/dataset/split.h"
#include "kaskad/eval/evaluation.h"
#include "kaskad/ranking/list_evaluation.h"
#include "kaskad/ranking/simple_rankers.h"
#include "tests/dataset/make_dataset.h"
#include "tests/ranking/scripted_order.h"

namespace kaskad {
namespace {

// Thirty items i0 .. i29 in that order; ann takes i3, i1, i20, i1 and i7, by view and by buy.
class MakeListsTest : public testing::Test {
 protected:
  MakeListsTest() : log_(rows()), retriever_(30), popularity_(30, 1) {}

  static std::vector<TestRow> rows() {
    std::vector<TestRow> rows;
    for (int item = 0; item < 30; ++item) {
      rows.push_back({"all", "i" + std::to_string(item), item, 1, "view"});
    }
    rows.push_back({"ann", "i3", 100, 1, "view"});
    rows.push_back({"ann", "i1", 101, 1, "view"});
    rows.push_back({"ann", "i20", 102, 1, "buy"});
    rows.push_back({"ann", "i1", 103, 1, "buy"});
    rows.push_back({"ann", "i7", 104, 1, "view"});
    return rows;
  }

  // Ann is asked after two events for the next three.
  Impressions make(const ListOptions& options, size_t lists = 1) {
    const std::vector<EvalCase> cases(lists, {log_.user("ann"), 2, 5});
    ImpressionWriter writer(options.heads.size(), 0);
    counts_ = make_lists(retriever_, log_.data, cases, options, popularity_, writer);
    const std::string directory = log_.directory / "lists";
    std::filesystem::remove_all(directory);
    std::filesystem::create_directories(directory);
    ImpressionFacts facts;
    facts.heads = options.heads;
    facts.dataset_hash = log_.hash;
    writer.finish(directory, std::vector<uint32_t>{30, 5}, facts);
    return Impressions::open(directory);
  }

  static std::vector<uint32_t> numbers(std::span<const ItemId> items) {
    std::vector<uint32_t> list;
    for (const ItemId item : items) list.push_back(static_cast<uint32_t>(item));
    return list;
  }

  TestDataset log_;
  FallingOrder retriever_;
  std::vector<uint32_t> popularity_;
  ListCounts counts_;
};

TEST_F(MakeListsTest, ListsOfAMeasurementAreWhatWasRetrieved) {
  const Impressions lists = make({.candidates = 5});
  ASSERT_EQ(lists.size(), 1u);
  const ImpressionList list = lists.list(0);
  EXPECT_EQ(numbers(list.items), (std::vector<uint32_t>{0, 2, 4, 5, 6}));  // 1 and 3 are seen
  EXPECT_EQ(list.time, 102);
  EXPECT_EQ(list.history_end, 2u);
  EXPECT_EQ(list.ranks[4], 5u);
  EXPECT_EQ(list.missed[0], 2u);  // 20 and 7; 1 was seen
  EXPECT_EQ(counts_.answers, 2u);
  EXPECT_EQ(counts_.retrieved, 0u);
}

TEST_F(MakeListsTest, SeenItemsMayBeAsked) {
  const Impressions lists = make({.candidates = 8, .exclude_seen = false});
  const ImpressionList list = lists.list(0);
  EXPECT_EQ(numbers(list.items).front(), 0u);
  EXPECT_EQ(list.labels[1], 1);  // i1 again
  EXPECT_EQ(list.labels[7], 1);  // i7
  EXPECT_EQ(list.missed[0], 1u);
}

TEST_F(MakeListsTest, HeadsLabelTheirOwnAction) {
  const Impressions lists =
      make({.candidates = 25, .exclude_seen = false, .heads = {"next", "buy", "view"}});
  const ImpressionList list = lists.list(0);
  const auto label = [&](size_t item, size_t head) { return list.labels[item * 3 + head]; };
  EXPECT_EQ(label(1, 1), 1);
  EXPECT_EQ(label(1, 2), 0);  // its view lies before the request
  EXPECT_EQ(label(7, 1), 0);
  EXPECT_EQ(label(7, 2), 1);
  EXPECT_EQ(label(20, 1), 1);
  for (const size_t item : {1u, 7u, 20u}) EXPECT_EQ(label(item, 0), 1);
}

TEST_F(MakeListsTest, TrainingListsWithoutAnAnswerAreLeftOut) {
  EXPECT_EQ(make({.candidates = 4, .sample = true}).size(), 0u);
  EXPECT_EQ(counts_.without_positive, 1u);
}

TEST_F(MakeListsTest, AddedAnswersHaveTheScoreAndRankTheyWouldHave) {
  const Impressions lists = make({.candidates = 4, .sample = true, .add_positives = true});
  ASSERT_EQ(lists.size(), 1u);
  const ImpressionList list = lists.list(0);
  EXPECT_EQ(counts_.added, 2u);
  EXPECT_EQ(numbers(list.items), (std::vector<uint32_t>{0, 2, 4, 5, 7, 20}));
  EXPECT_EQ(list.scores[4], 30 - 7);
  EXPECT_EQ(list.ranks[4], 6u);       // 0 2 4 5 6, then 7
  EXPECT_EQ(list.ranks[5], 20u - 1);  // two of the items before it are seen
  EXPECT_EQ(list.missed[0], 0u);
}

TEST_F(MakeListsTest, HardNegativesAreDrawnFromTheRetrieved) {
  const Impressions lists = make({.candidates = 20, .sample = true, .hard = 3});
  const ImpressionList list = lists.list(0);
  EXPECT_EQ(list.size(), 5u);  // i7, i20 and three others
  EXPECT_TRUE(std::is_sorted(list.ranks.begin(), list.ranks.end()));
}

TEST_F(MakeListsTest, EasyNegativesAreNeitherRetrievedNorAnswersNorSeen) {
  const Impressions lists = make({.candidates = 8, .sample = true, .hard = 0, .easy = 6});
  const auto items = numbers(lists.list(0).items);
  ASSERT_EQ(items.size(), 8u + 6u);
  EXPECT_EQ(std::set<uint32_t>(items.begin(), items.end()).size(), items.size());
  for (size_t i = 8; i < items.size(); ++i) {
    EXPECT_GT(items[i], 9u);
    EXPECT_NE(items[i], 20u);
    EXPECT_EQ(lists.list(0).labels[i], 0);
  }
}

TEST_F(MakeListsTest, EasyNegativesMayBeDrawnByPopularity) {
  popularity_.assign(30, 0);
  popularity_[15] = popularity_[25] = 10;
  const Impressions lists =
      make({.candidates = 8, .sample = true, .hard = 0, .easy = 2, .easy_alpha = 1});
  const auto items = numbers(lists.list(0).items);
  EXPECT_EQ(std::set<uint32_t>(items.begin() + 8, items.end()), (std::set<uint32_t>{15, 25}));
}

TEST_F(MakeListsTest, ThreadsDoNotMatter) {
  ListOptions options{.candidates = 20, .sample = true, .hard = 3, .easy = 2};
  options.threads = 1;
  const std::string one = make(options, 300).hash();
  options.threads = 4;
  EXPECT_EQ(make(options, 300).hash(), one);
}

TEST_F(MakeListsTest, AnUnknownHeadIsNamed) { EXPECT_THROW(make({.heads = {"purchase"}}), Error); }

// The figures of retrieval order over full lists are those of `kaskad eval`.
TEST_F(MakeListsTest, RetrievalOrderMeasuresAsTheEvaluatorDoes) {
  const Split split = make_split(log_.data, SplitOptions::parse("leave-one-out"));
  ListOptions options{.candidates = 12};
  ImpressionWriter writer(1, 0);
  make_lists(retriever_, log_.data, split.test.cases, options, popularity_, writer);
  const std::string directory = log_.directory / "test";
  std::filesystem::create_directories(directory);
  ImpressionFacts facts;
  facts.heads = {"next"};
  facts.dataset_hash = log_.hash;
  writer.finish(directory, split.test.fit_end, facts);
  const auto found =
      evaluate_lists(RetrievalOrder(30), "order", log_.data, Impressions::open(directory), {});
  EvalOptions eval;
  eval.metrics = parse_metrics("ndcg@10", Profile::kKaskad);
  const auto expected = evaluate(retriever_, log_.data, split, split.test, eval);
  EXPECT_GT(found.metrics[0].interval.value, 0);
  EXPECT_DOUBLE_EQ(found.metrics[0].interval.value, expected.metric("ndcg@10").interval.value);
}

}  // namespace
}  // namespace kaskad
