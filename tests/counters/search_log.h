// A generated search log for the tests of counters: users of two countries, queries of one or two
// words, items of some categories, some of them of none or of two; lists of several at one time,
// without user or query, and with unknown items.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "kaskad/dataset/impressions.h"
#include "tests/dataset/make_dataset.h"

namespace kaskad {

constexpr int64_t kLogHour = 3'600'000;

struct SearchLogOptions {
  size_t lists = 160, users = 12, items = 40, queries = 9, candidates = 8;
  uint64_t seed = 1;
  TimeKind time_kind = TimeKind::kClock;
  int64_t first_time = 1'700'000'000'000;
  int64_t step =
      4 * kLogHour;  // between lists, in the mean; a third are of the time of the one before
};

inline CategoricalColumn categories(const std::string& name, std::vector<std::string> names,
                                    size_t rows, size_t most, std::mt19937_64& random) {
  CategoricalColumn column;
  column.name = name;
  column.names = std::move(names);
  column.offsets = {0};
  for (size_t row = 0; row < rows; ++row) {
    const size_t count = most == 1 ? 1 : random() % (most + 1);
    for (size_t i = 0; i < count; ++i) {
      column.codes.push_back(
          static_cast<uint32_t>((row + i * 3 + random() % 2) % column.names.size()));
    }
    column.offsets.push_back(column.codes.size());
  }
  return column;
}

// A dataset of one event for each user and item, so that all have ids u0, ..., i0, ...
inline DatasetContents contents_of(const SearchLogOptions& options) {
  std::mt19937_64 random(options.seed + 99);
  DatasetContents contents{.time_kind = options.time_kind};
  contents.user_features.categorical = {
      categories("country", {"fr", "de", "nl"}, options.users, 1, random)};
  contents.item_features.categorical = {
      categories("category", {"book", "film", "song", "game"}, options.items, 2, random)};
  return contents;
}

inline std::vector<TestRow> rows_of(const SearchLogOptions& options) {
  std::vector<TestRow> rows;
  for (size_t i = 0; i < std::max(options.users, options.items); ++i) {
    rows.push_back({"u" + std::to_string(i % options.users),
                    "i" + std::to_string(i % options.items), static_cast<int64_t>(i)});
  }
  return rows;
}

struct SearchLog {
  explicit SearchLog(const SearchLogOptions& log_options = {})
      : options(log_options), data(rows_of(options), contents_of(options)) {
    static constexpr const char* kWords[] = {"red", "blue", "Star Wars", "star trek", "red star"};
    for (size_t q = 0; q < options.queries; ++q) {
      query_texts.push_back(kWords[q % 5] + (q < 5 ? std::string() : " " + std::to_string(q)));
    }
    make_lists();
  }

  // The lists [begin, end) as impressions of their own.
  Impressions write(const std::string& name, size_t begin, size_t end) const {
    ImpressionWriter writer(2, 0);
    for (size_t l = begin; l < end; ++l) writer.append(lists[l].view());
    ImpressionFacts facts;
    facts.part = name;
    facts.heads = {"click", "buy"};
    facts.dataset_hash = data.hash;
    facts.time_kind = options.time_kind;
    const std::string directory = data.directory / name;
    std::filesystem::create_directories(directory);
    const std::vector<std::string_view> texts(query_texts.begin(), query_texts.end());
    writer.finish(directory, std::vector<uint32_t>(options.users, 0), facts, texts);
    return Impressions::open(directory);
  }

  struct List {
    UserId user;
    QueryId query;
    int64_t time;
    std::vector<ItemId> items;
    std::vector<float> labels, zeros;
    std::vector<uint32_t> ranks, missed{0, 0};

    ImpressionList view() const {
      ImpressionList list;
      list.user = user;
      list.query = query;
      list.time = time;
      list.items = items;
      list.labels = labels;
      list.scores = zeros;
      list.ranks = ranks;
      list.missed = missed;
      return list;
    }
  };

  SearchLogOptions options;
  TestDataset data;
  std::vector<std::string> query_texts;
  std::vector<List> lists;  // in time order

 private:
  void make_lists() {
    std::mt19937_64 random(options.seed);
    int64_t time = options.first_time;
    for (size_t l = 0; l < options.lists; ++l) {
      const int64_t hop = static_cast<int64_t>(random() % static_cast<uint64_t>(3 * options.step));
      if (l % 3 > 0) time += hop;
      List list;
      list.user =
          random() % 10 == 0 ? kNoUser : UserId{static_cast<uint32_t>(random() % options.users)};
      list.query = random() % 10 == 0 ? kNoQuery
                                      : QueryId{static_cast<uint32_t>(random() % options.queries)};
      list.time = time;
      const size_t count = 1 + random() % options.candidates;
      for (size_t c = 0; c < count; ++c) {
        const uint64_t item = std::min(random() % options.items, random() % options.items);
        list.items.push_back(random() % 20 == 0 ? kNoItem : ItemId{static_cast<uint32_t>(item)});
        const bool click = random() % 4 == 0;
        list.labels.push_back(click ? 1.0F : 0.0F);
        list.labels.push_back(click && random() % 2 == 0 ? 1.0F : 0.0F);
        list.ranks.push_back(static_cast<uint32_t>(c + 1));
      }
      list.zeros.assign(count, 0.0F);
      lists.push_back(std::move(list));
    }
  }
};

}  // namespace kaskad
