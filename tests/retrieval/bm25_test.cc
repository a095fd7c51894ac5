// What a search finds, held to a plain pass over all items. tests/cli/search_test.cc holds it to
// the ranker of the same name.
#include "kaskad/retrieval/bm25.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "kaskad/dataset/feature_files.h"
#include "kaskad/model/bundle.h"
#include "tests/dataset/messages.h"
#include "tests/model/battery_log.h"

namespace kaskad {
namespace {

constexpr size_t kTexts = 300;
constexpr const char* kVocabulary[] = {"red", "blue", "hat", "shoes", "coat", "wool", "old", "new"};

// Items with up to three values of up to three words each, drawn; some have none.
FeatureColumns drawn_texts() {
  std::mt19937 random(3);
  CategoricalColumn title{.name = "title", .names = {}, .offsets = {0}, .codes = {}};
  for (size_t item = 0; item < kTexts; ++item) {
    for (size_t values = random() % 4; values > 0; --values) {
      std::string text;
      for (size_t length = 1 + random() % 3; length > 0; --length) {
        text += std::string(kVocabulary[random() % std::size(kVocabulary)]) + " ";
      }
      title.codes.push_back(static_cast<uint32_t>(title.names.size()));
      title.names.push_back(text);
    }
    title.offsets.push_back(title.codes.size());
  }
  return {.categorical = {title}, .dense = {}};
}

struct Searched {
  FeatureColumns columns = drawn_texts();
  FeatureTable table = table_of(columns, kTexts);
  ItemWords words = ItemWords(table, kTexts, {}, {});
  Bm25Retriever model = Bm25Retriever(table, kTexts, {}, {});
};

// Every item by itself, the words in the order of the query, as the ranker does.
std::vector<float> plain_scores(const ItemWords& words, std::string_view query) {
  std::vector<float> scores(words.num_items(), 0);
  for (uint32_t item = 0; item < scores.size(); ++item) {
    const ItemWords::Counted text = words.of(ItemId{item});
    for (const uint32_t word : words.find(query)) {
      for (size_t i = 0; i < text.words.size(); ++i) {
        if (text.words[i] == word) scores[item] += words.part(word, text.counts[i], ItemId{item});
      }
    }
  }
  return scores;
}

TEST(Bm25Retriever, EqualsAPassOverAllItems) {
  const Searched searched;
  const std::vector<ItemId> seen = {ItemId{3}, ItemId{17}, ItemId{kTexts + 5}};
  const std::vector<ItemId> some = {ItemId{1}, ItemId{3}, ItemId{8}, ItemId{200}, ItemId{299}};
  ItemFilter filter(kTexts);
  for (const char* text :
       {"red", "red hat", "hat red", "new OLD wool coat", "boots", "", "blue!"}) {
    for (const bool only_some : {false, true}) {
      for (const size_t k : {1, 7, 40, 400}) {
        Query query{.history = {seen, {}, {}, {}}, .text = text};
        query.exclude_seen = k != 7;
        query.exclude = std::span(some).first(2);
        if (only_some) query.allow = some;
        const std::vector<float> scores = plain_scores(searched.words, text);
        filter.set(query);
        std::vector<ScoredItem> expected(k), found(k);
        top_k(scores, filter, expected);
        searched.model.retrieve({&query, 1}, k, found);
        EXPECT_EQ(found, expected) << text << ", k " << k;
        std::vector<float> all(kTexts, -1);
        searched.model.score_all(query, all);
        EXPECT_EQ(all, scores);
      }
    }
  }
}

TEST(Bm25Retriever, TiesGoToTheLowerId) {
  const FeatureColumns columns{
      .categorical = {{"title", {"hat", "cap"}, {0, 1, 2, 3, 4}, {0, 1, 0, 0}}}, .dense = {}};
  const Bm25Retriever model(table_of(columns, 4), 4, {}, {});
  const Query query{.text = "hat"};
  std::vector<ScoredItem> row(2);
  model.retrieve({&query, 1}, 2, row);
  EXPECT_EQ(row[0].item, ItemId{0});
  EXPECT_EQ(row[1].item, ItemId{2});
  EXPECT_EQ(row[0].score, row[1].score);
}

TEST(Bm25Retriever, WithoutAQueryThereAreNoCandidates) {
  const Searched searched;
  EXPECT_TRUE(searched.model.reads_query());
  std::vector<Query> queries(2);
  queries[1].text = "boots";
  std::vector<ScoredItem> rows(6, {ItemId{1}, 1});
  searched.model.retrieve(queries, 3, rows);
  EXPECT_EQ(rows, std::vector<ScoredItem>(6));
}

TEST(Bm25Retriever, ABundleIsVerifiedBySearches) {
  register_bm25();
  const Bm25Retriever model(battery_dataset().item_features(), kBatteryItems, {"title"}, {});
  BundleContents contents;
  contents.dataset = &battery_dataset();
  contents.config_json = model.config_json();
  contents.golden_queries = model.golden_queries(16);
  EXPECT_EQ(contents.golden_queries[0], "");
  EXPECT_EQ(contents.golden_queries[15], "title of 19");
  const std::string directory = battery_directory("bm25_bundle");
  write_bundle(directory, contents, model, [&](const std::string& to) { model.save(to); });
  const Bundle bundle = load_bundle(directory);
  EXPECT_EQ(bundle.kind, "bm25");
  EXPECT_EQ(bundle.users.size(), 0u);
  const auto queries = random_queries(30);
  EXPECT_EQ(retrieve_all(*bundle.retriever, queries, 5), retrieve_all(model, queries, 5));
  // A build that finds other items is found out.
  register_retriever("bm25", [](const std::string&, const std::string&) {
    CategoricalColumn titles = battery_titles();
    std::reverse(titles.codes.begin(), titles.codes.end());
    const FeatureColumns columns{.categorical = {titles}, .dense = {}};
    return std::make_unique<Bm25Retriever>(table_of(columns, kBatteryItems), kBatteryItems,
                                           std::vector<std::string>{}, Bm25Options{});
  });
  EXPECT_TRUE(contains(message_of([&] { load_bundle(directory); }), "of golden request 1"));
  register_bm25();
}

}  // namespace
}  // namespace kaskad
