// A small log of searches with a known truth, for tests of InteractRank. Which of 40 items answer
// which of 30 queries is drawn pair by pair (a quarter of them), so that no few numbers of a query
// and of an item tell it: the pairs fill all directions. Counters do, as every pair is shown often.
// Items of the price "low" are wanted by users who have taken low ones, in the log's second head.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "kaskad/dataset/impressions.h"
#include "kaskad/train/random.h"
#include "tests/dataset/make_dataset.h"

namespace kaskad::train {

inline constexpr uint32_t kSearchItems = 40, kSearchQueries = 30, kSearchUsers = 20;
inline constexpr int64_t kSearchDay = 86'400'000;

inline bool answers(uint32_t query, uint32_t item) {
  return Random{77, query, item}.uniform() < 0.25;
}

inline std::string query_text(uint32_t query) { return "word" + std::to_string(query) + " shop"; }

inline DatasetContents search_features() {
  CategoricalColumn price{"price", {"low", "high"}, {0}, {}};
  for (uint32_t item = 0; item < kSearchItems; ++item) {
    price.codes.push_back(item % 2);
    price.offsets.push_back(item + 1);
  }
  DenseColumn weight{"weight", 1, {}};
  for (uint32_t item = 0; item < kSearchItems; ++item) {
    weight.values.push_back(static_cast<float>(item % 7));
  }
  CategoricalColumn town{"town", {"here", "there"}, {0}, {}};
  for (uint32_t user = 0; user < kSearchUsers; ++user) {
    town.codes.push_back(user % 2);
    town.offsets.push_back(user + 1);
  }
  DatasetContents contents{.time_kind = TimeKind::kClock};
  contents.item_features.categorical.push_back(price);
  contents.item_features.dense.push_back(weight);
  contents.user_features.categorical.push_back(town);
  return contents;
}

// Item i is called "i", user u "u", from zero; user u takes items of the parity of u.
inline std::vector<TestRow> search_rows() {
  std::vector<TestRow> rows;
  for (uint32_t item = 0; item < kSearchItems; ++item) {
    rows.push_back({std::to_string(item % 2), std::to_string(item), item});
  }
  for (uint32_t user = 0; user < kSearchUsers; ++user) {
    for (uint32_t e = 0; e < 6; ++e) {
      const uint64_t draw = Random{5, user, e}.below(kSearchItems / 2);
      rows.push_back({std::to_string(user), std::to_string(2 * draw + user % 2),
                      static_cast<int64_t>(1 + e) * 3'600'000});
    }
  }
  return rows;
}

// Lists of eight candidates; heads "click" (the pairs above) and "save" (the parity), of which
// `heads` are there. Test lists ask at times after the validation lists, those after training's.
struct SearchLog {
  explicit SearchLog(size_t train_lists = 1500, std::vector<std::string> heads = {"click"},
                     size_t others = 200)
      : heads_(std::move(heads)), log(search_rows(), search_features()) {
    write("train", 0, train_lists);
    write("validation", train_lists, others);
    write("test", train_lists + others, others);
  }
  std::string lists() const { return log.directory.path(); }

 private:
  const std::vector<std::string> heads_;

 public:
  TestDataset log;

 private:
  void write(const std::string& part, size_t first, size_t count) const {
    const std::string directory = log.directory / part;
    std::filesystem::create_directories(directory);
    ImpressionWriter writer(heads_.size(), 0);
    std::vector<std::string> texts;
    for (uint32_t query = 0; query < kSearchQueries; ++query) texts.push_back(query_text(query));
    for (size_t l = first; l < first + count; ++l) append(l, writer);
    ImpressionFacts facts;
    facts.part = part;
    facts.heads = heads_;
    facts.dataset_hash = log.data.hash();
    facts.split_hash = "split";
    std::vector<uint32_t> known_end;
    for (uint32_t user = 0; user < log.data.num_users(); ++user) {
      known_end.push_back(static_cast<uint32_t>(log.data.history(UserId{user}).size()));
    }
    const std::vector<std::string_view> queries(texts.begin(), texts.end());
    writer.finish(directory, known_end, facts, queries);
  }

  void append(size_t l, ImpressionWriter& writer) const {
    Random random{9, l};
    const auto query = static_cast<uint32_t>(random.below(kSearchQueries));
    const auto user = static_cast<uint32_t>(random.below(kSearchUsers));
    const std::vector<uint32_t> missed(heads_.size(), 0);
    std::vector<ItemId> items;
    std::vector<float> labels;
    for (uint32_t i = 0; i < 8; ++i) {
      const auto item = static_cast<uint32_t>(random.below(kSearchItems));
      items.push_back(log.item(std::to_string(item)));
      for (const std::string& head : heads_) {
        const bool wanted = head == "click" ? answers(query, item) : item % 2 == user % 2;
        labels.push_back(random.uniform() < (wanted ? 0.8 : 0.02) ? 1.0F : 0.0F);
      }
    }
    const std::vector<float> scores(items.size(), 0);
    const std::vector<uint32_t> ranks(items.size(), 0);
    const UserId id = log.user(std::to_string(user));
    ImpressionList list{id, 0, 0, missed, items, scores, ranks, {}, labels, {}};
    list.history_end = static_cast<uint32_t>(log.data.history(id).size());
    list.time = 2 * kSearchDay + static_cast<int64_t>(l) * 600'000;
    list.query = QueryId{query};
    writer.append(list);
  }
};

}  // namespace kaskad::train
