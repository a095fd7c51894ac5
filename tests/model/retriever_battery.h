// The battery that every Retriever passes: one list of tests, instantiated per kind. In exactly
// one file of a test executable:
//
//   INSTANTIATE_TEST_SUITE_P(Cooc, RetrieverBattery,
//                            testing::Values(BatteryModel{"directed", fit, save, load}),
//                            battery_name);
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "kaskad/model/retriever.h"
#include "kaskad/model/top_k.h"
#include "tests/model/battery_log.h"

namespace kaskad {

struct BatteryModel {
  std::string name;
  std::function<std::unique_ptr<Retriever>(const Dataset&)> fit;
  std::function<void(const Retriever&, const std::string& directory)> save;
  std::function<std::unique_ptr<Retriever>(const std::string& directory)> load;
  bool personal = true;  // the answer depends on the history
  // Further facts of this kind on the battery's log.
  std::function<void(const Retriever&, const Dataset&)> known_answer = {};
};

// Readable failures instead of a dump of bytes.
inline void PrintTo(const BatteryModel& model, std::ostream* out) { *out << model.name; }

inline std::string battery_name(const testing::TestParamInfo<BatteryModel>& info) {
  return info.param.name;
}

class RetrieverBattery : public testing::TestWithParam<BatteryModel> {
 protected:
  void SetUp() override { model_ = GetParam().fit(battery_dataset()); }

  // Items of a row, without the padding.
  static std::vector<ItemId> items_of(std::span<const ScoredItem> row) {
    std::vector<ItemId> items;
    for (const ScoredItem& scored : row) {
      if (scored.item != kNoItem) items.push_back(scored.item);
    }
    return items;
  }

  static void expect_close(std::span<const ScoredItem> a, std::span<const ScoredItem> b) {
    ASSERT_EQ(a.size(), b.size());
    for (size_t i = 0; i < a.size(); ++i) {
      EXPECT_EQ(a[i].item, b[i].item) << "at " << i;
      EXPECT_FLOAT_EQ(a[i].score, b[i].score) << "at " << i;
    }
  }

  std::unique_ptr<Retriever> model_;
};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(RetrieverBattery);

TEST_P(RetrieverBattery, SaysItsKindAndSize) {
  EXPECT_FALSE(model_->kind().empty());
  EXPECT_EQ(model_->num_items(), kBatteryItems);
}

TEST_P(RetrieverBattery, FindsTheGroupOfTheHistory) {
  if (GetParam().known_answer) GetParam().known_answer(*model_, battery_dataset());
  if (!GetParam().personal) return;
  for (const uint32_t group : {0u, 1u}) {
    const auto row = retrieve_one(*model_, OwnedQuery().take({group + 4, group + 6}), 3);
    for (const ScoredItem& scored : row) {
      EXPECT_EQ(index(scored.item) % 2, group);
      EXPECT_GT(scored.score, 0);  // also where scores may be negative: the group must attract
    }
  }
}

TEST_P(RetrieverBattery, BatchEqualsSingle) {
  const auto queries = random_queries(100);
  const auto batch = retrieve_all(*model_, queries, 5);
  for (size_t q = 0; q < queries.size(); ++q) {
    SCOPED_TRACE(q);
    expect_close(retrieve_one(*model_, queries[q], 5), {batch.data() + q * 5, 5});
  }
}

TEST_P(RetrieverBattery, SavedAndLoadedAnswersTheSame) {
  const std::string directory = battery_directory(GetParam().name);
  GetParam().save(*model_, directory);
  const auto loaded = GetParam().load(directory);
  EXPECT_EQ(loaded->kind(), model_->kind());
  EXPECT_EQ(loaded->num_items(), model_->num_items());
  const auto queries = random_queries(50);
  expect_close(retrieve_all(*loaded, queries, 7), retrieve_all(*model_, queries, 7));
}

TEST_P(RetrieverBattery, AnswersAnEmptyHistoryWithFiniteScores) {
  const auto row = retrieve_one(*model_, OwnedQuery(), 5);
  for (const ScoredItem& scored : row) EXPECT_TRUE(std::isfinite(scored.score));
}

TEST_P(RetrieverBattery, AnswersAHistoryOfUnknownItemsLikeAnEmptyOne) {
  OwnedQuery query;
  query.take({index(kUnknownItem), index(kUnknownItem)});
  OwnedQuery empty;
  empty.exclude = {kUnknownItem};
  expect_close(retrieve_one(*model_, query, 5), retrieve_one(*model_, empty, 5));
}

TEST_P(RetrieverBattery, LeavesOutSeenItemsOnlyWhenAsked) {
  OwnedQuery query;
  query.take({2, 4, 6, 8});
  for (const ItemId item : items_of(retrieve_one(*model_, query, kBatteryItems))) {
    EXPECT_EQ(std::count(query.items.begin(), query.items.end(), item), 0) << index(item);
  }
  query.exclude_seen = false;
  std::vector<float> scores(kBatteryItems);
  model_->score_all(query.view(), scores);
  const auto items = items_of(retrieve_one(*model_, query, kBatteryItems));
  for (const ItemId item : query.items) {
    if (scores[index(item)] > score_floor(*model_)) {
      EXPECT_EQ(std::count(items.begin(), items.end(), item), 1) << index(item);
    }
  }
}

TEST_P(RetrieverBattery, LeavesOutExcludedItems) {
  OwnedQuery query;
  query.take({4});
  query.exclude = {ItemId{6}, ItemId{2}, ItemId{6}};
  for (const ItemId item : items_of(retrieve_one(*model_, query, kBatteryItems))) {
    EXPECT_NE(item, ItemId{6});
    EXPECT_NE(item, ItemId{2});
  }
}

TEST_P(RetrieverBattery, KeepsToTheAllowedItems) {
  OwnedQuery query;
  query.take({4});
  query.allow = {ItemId{8}, ItemId{4}, ItemId{3}, ItemId{6}};
  query.exclude = {ItemId{3}};
  const std::set<ItemId> possible = {ItemId{8}, ItemId{6}};  // 4 is seen, 3 excluded
  for (const ItemId item : items_of(retrieve_one(*model_, query, 10))) {
    EXPECT_TRUE(possible.contains(item)) << index(item);
  }
}

TEST_P(RetrieverBattery, PadsWhenMoreIsAskedThanThereIs) {
  constexpr size_t k = 2 * kBatteryItems;
  const auto row = retrieve_one(*model_, OwnedQuery().take({1, 3}), k);
  const size_t found = items_of(row).size();
  EXPECT_LE(found, kBatteryItems - 2);
  for (size_t i = 0; i < k; ++i) EXPECT_EQ(row[i].item == kNoItem, i >= found) << i;
}

TEST_P(RetrieverBattery, NamesNoItemTwice) {
  const auto queries = random_queries(50);
  const auto rows = retrieve_all(*model_, queries, kBatteryItems);
  for (size_t q = 0; q < queries.size(); ++q) {
    const auto items = items_of({rows.data() + q * kBatteryItems, kBatteryItems});
    EXPECT_EQ(std::set<ItemId>(items.begin(), items.end()).size(), items.size()) << q;
  }
}

TEST_P(RetrieverBattery, OrdersByScoreThenItem) {
  const auto queries = random_queries(50);
  const auto rows = retrieve_all(*model_, queries, kBatteryItems);
  for (size_t q = 0; q < queries.size(); ++q) {
    const std::span row(rows.data() + q * kBatteryItems, kBatteryItems);
    // Where nothing is known, all have 0 and stand in the order of popularity.
    for (size_t i = 1; i < row.size() && row[i].score != 0; ++i) {
      EXPECT_TRUE(ranks_before(row[i - 1], row[i])) << "query " << q << " rank " << i;
    }
  }
}

// The items with evidence, by the plain reference; what follows them is filled up.
TEST_P(RetrieverBattery, RetrievesTheTopOfAllScores) {
  ItemFilter filter(kBatteryItems);
  for (const OwnedQuery& query : random_queries(100)) {
    std::vector<float> scores(kBatteryItems);
    model_->score_all(query.view(), scores);
    filter.set(query.view());
    std::vector<ScoredItem> expected(6);
    expected.resize(top_k(scores, filter, expected, score_floor(*model_)));
    const auto row = retrieve_one(*model_, query, 6);
    for (size_t i = 0; i < row.size(); ++i) {
      if (i >= expected.size()) {
        EXPECT_EQ(row[i].score, 0);
        continue;
      }
      // Sums in another order may exchange items that tie.
      EXPECT_NEAR(row[i].score, expected[i].score, 1e-5 * std::abs(expected[i].score));
      EXPECT_NEAR(scores[index(row[i].item)], expected[i].score,
                  1e-5 * std::abs(expected[i].score));
    }
  }
}

TEST_P(RetrieverBattery, ExplainsByPositionsOfTheHistory) {
  OwnedQuery query;
  query.take({4, 6, 8});
  std::vector<ItemId> items;
  for (const ScoredItem& scored : retrieve_one(*model_, query, 3)) items.push_back(scored.item);
  const auto reasons = model_->explain(query.view(), items);
  ASSERT_EQ(reasons.size(), items.size());
  for (size_t t = 0; t < items.size(); ++t) {
    const auto& parts = reasons[t];
    for (size_t i = 0; i < parts.size(); ++i) {
      EXPECT_LT(parts[i].position, query.items.size());
      EXPECT_TRUE(std::isfinite(parts[i].share));
      if (i > 0) {
        EXPECT_GE(parts[i - 1].share, parts[i].share);
      }
    }
    const auto alone = model_->explain(query.view(), {&items[t], 1})[0];
    ASSERT_EQ(alone.size(), parts.size()) << "explained alone";
    for (size_t i = 0; i < parts.size(); ++i) {
      EXPECT_EQ(alone[i].position, parts[i].position);
      EXPECT_EQ(alone[i].share, parts[i].share);
    }
  }
}

TEST_P(RetrieverBattery, SimilarItemsAreOthersInOrder) {
  for (uint32_t i = 0; i < kBatteryItems; ++i) {
    const auto similar = model_->similar(ItemId{i}, 4);
    EXPECT_LE(similar.size(), 4u);
    for (size_t rank = 0; rank < similar.size(); ++rank) {
      EXPECT_LT(index(similar[rank].item), kBatteryItems);
      EXPECT_NE(similar[rank].item, ItemId{i});
      if (rank > 0) {
        EXPECT_TRUE(ranks_before(similar[rank - 1], similar[rank]));
      }
    }
  }
}

TEST_P(RetrieverBattery, ParallelCallsEqualSerialOnes) {
  const auto queries = random_queries(64);
  const auto expected = retrieve_all(*model_, queries, 5);
  std::vector<std::vector<ScoredItem>> found(4);
  std::vector<std::thread> threads;
  for (auto& rows : found) {
    threads.emplace_back([&] {
      for (int round = 0; round < 5; ++round) rows = retrieve_all(*model_, queries, 5);
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const auto& rows : found) expect_close(rows, expected);
}

}  // namespace kaskad
