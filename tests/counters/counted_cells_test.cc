// What the jobs of spark/ write, here as CSV and of lists that were counted on the spot.
#include "kaskad/counters/counted_cells.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "kaskad/counters/count_cells.h"
#include "kaskad/counters/counter_store.h"
#include "kaskad/counters/store_writer.h"
#include "tests/counters/search_log.h"
#include "tests/dataset/messages.h"

namespace kaskad {
namespace {

using nlohmann::json;

class CountedCellsTest : public testing::Test {
 protected:
  CountedCellsTest() : lists_(log_.write("all", 0, log_.lists.size())) {
    spec_.segments = {{"query", "item"},
                      {"user", "query", "item"},
                      {"item"},
                      {"query_token", "item"},
                      {"country", "query_token", "category"}};
    spec_.windows_days = {3, 0};
    spec_.decay_days = {5};
    std::filesystem::create_directories(directory_ / "cells");
  }

  // The cells of the lists, a row a day of a cell, with names.
  void write() {
    const ListOrder order({&lists_});
    const CounterFields fields = find_counter_fields(spec_, log_.data.data, order.queries());
    std::string text =
        "segment,left_0,left_1,right,age,count_0,count_1,count_2,decayed_0,decayed_1,decayed_2\n";
    size_t rows = 0;
    for (size_t s = 0; s < fields.segments.size(); ++s) {
      const CounterSegment& segment = fields.segments[s];
      const SegmentCells cells =
          count_cells(order, {0, order.size(), order.end_time()}, fields, segment, spec_, 1);
      for (size_t row = 0; row < cells.num_rows(); ++row) {
        std::string left;
        for (size_t f = 0; f < 2; ++f) {
          if (f < cells.width)
            left += name_of(fields.fields[segment.left[f]], cells.left_of(row)[f]);
          left += ",";
        }
        for (uint64_t cell = cells.row_begin[row]; cell < cells.row_begin[row + 1]; ++cell) {
          const bool total = cells.right[cell] == kNoKey;
          const std::string right =
              total ? "" : name_of(fields.fields[segment.right], cells.right[cell]);
          for (uint64_t d = cells.slice_begin[cell]; d < cells.slice_begin[cell + 1]; ++d, ++rows) {
            text += std::to_string(s) + "," + left + right + "," + std::to_string(cells.age[d]);
            for (size_t e = 0; e < 3; ++e) text += "," + std::to_string(cells.counts[d * 3 + e]);
            for (size_t e = 0; e < 3; ++e) {  // all of a cell's on its first day
              char number[40];
              const bool first = d == cells.slice_begin[cell];
              std::snprintf(number, sizeof(number), ",%.17g",
                            first ? cells.decayed[cell * 3 + e] : 0.0);
              text += number;
            }
            text += "\n";
          }
        }
      }
    }
    text_ = text;
    directory_.write("cells/part-0.csv", text);
    manifest_ = {{"format", "kaskad counted cells"},
                 {"version", 2},
                 {"spec", json::parse(spec_.to_json())},
                 {"heads", {"click", "buy"}},
                 {"as_of", order.end_time()},
                 {"time", "clock"},
                 {"rows", rows}};
    directory_.write("manifest.json", manifest_.dump());
  }
  std::string name_of(const CounterField& field, uint32_t code) const {
    if (!field.is_identity()) return field.names[code];
    if (field.owner == FieldOwner::kQuery) return log_.query_texts[code];
    const Dataset& dataset = log_.data.data;
    return std::string(
        (field.owner == FieldOwner::kUser ? dataset.users() : dataset.items()).name(code));
  }
  CountedCells read() const { return read_counted_cells(directory_.path(), log_.data.data); }
  std::string fault() const {
    return message_of([&] { read(); });
  }

  void expect_the_same_answers(const std::string& a, const std::string& b) const {
    const CounterStore here = CounterStore::open(directory_ / a);
    const CounterStore there = CounterStore::open(directory_ / b);
    for (const SearchLog::List& one : log_.lists) {
      CounterRequest request;
      if (one.query != kNoQuery) request.query = log_.query_texts[index(one.query)];
      request.user = one.user;
      request.candidates = one.items;
      std::vector<float> ours(one.items.size() * here.num_features()), theirs(ours.size());
      here.answer(request, ours);
      there.answer(request, theirs);
      EXPECT_EQ(ours, theirs);
    }
  }

  const SearchLog log_;
  const Impressions lists_;
  CounterSpec spec_;
  std::string text_;
  json manifest_;
  TempDir directory_;
};

TEST_F(CountedCellsTest, TheStoreAnswersAsTheOneThatIsCountedHere) {
  write();
  EXPECT_TRUE(holds_counted_cells(directory_.path()));
  write_counter_store(directory_ / "here", ListOrder({&lists_}), log_.data.data, spec_, {});
  const StoreFigures figures =
      write_counted_store(directory_ / "there", read(), log_.data.data, {.threads = 2});
  const CounterStore here = CounterStore::open(directory_ / "here");
  const CounterStore there = CounterStore::open(directory_ / "there");
  EXPECT_EQ(there.as_of(), here.as_of());
  EXPECT_EQ(there.feature_names(), here.feature_names());
  EXPECT_EQ(figures.segments.size(), 5u);
  for (size_t s = 0; s < 5; ++s) EXPECT_EQ(there.table(s).num_cells(), here.table(s).num_cells());
  expect_the_same_answers("here", "there");
}

// Words are looked up by their text, so that a store of words needs no queries.
TEST_F(CountedCellsTest, WordsAreCountedWithoutTheirQueries) {
  spec_.segments = {{"query_token", "item"}, {"item"}};
  write();
  write_counter_store(directory_ / "here", ListOrder({&lists_}), log_.data.data, spec_, {});
  const CountedCells counted = read();
  EXPECT_TRUE(counted.queries.empty());
  write_counted_store(directory_ / "there", counted, log_.data.data, {});
  expect_the_same_answers("here", "there");
}

TEST_F(CountedCellsTest, ACountedStoreGoesOnWithNewerLists) {
  write();
  write_counter_store(directory_ / "here", ListOrder({&lists_}), log_.data.data, spec_, {});
  write_counted_store(directory_ / "there", read(), log_.data.data, {});
  SearchLogOptions later;
  later.seed = 5;
  later.first_time = lists_.time_of(lists_.size() - 1) + kLogHour;
  const SearchLog newer(later);
  const Impressions more = newer.write("more", 0, newer.lists.size());
  for (const char* name : {"here", "there"}) {
    update_counter_store(directory_ / name, ListOrder({&more}), newer.data.data, {});
  }
  const CounterStore here = CounterStore::open(directory_ / "here");
  const CounterStore there = CounterStore::open(directory_ / "there");
  for (size_t s = 0; s < 5; ++s) EXPECT_EQ(there.table(s).num_cells(), here.table(s).num_cells());
}

TEST_F(CountedCellsTest, WhatTheDatasetLacksIsCountedAndLeftOut) {
  write();
  manifest_["rows"] = manifest_["rows"].get<size_t>() + 4;
  directory_.write("manifest.json", manifest_.dump());
  directory_.write("cells/part-1.csv",
                   text_.substr(0, text_.find('\n') + 1) + "0,red,,nothing,0,1,0,0,1,0,0\n" +
                       "1,nobody,red,i1,0,1,0,0,1,0,0\n" + "4,es,red,book,0,1,0,0,1,0,0\n" +
                       "4,fr,red,opera,0,1,0,0,1,0,0\n");
  const CountedCells counted = read();
  EXPECT_EQ(counted.unknown_items, 1u);
  EXPECT_EQ(counted.unknown_users, 1u);
  EXPECT_EQ(counted.unknown_categories, 2u);
}

TEST_F(CountedCellsTest, WhatIsLostOrWrongIsNamed) {
  write();
  directory_.write("cells/part-1.csv", text_);
  EXPECT_TRUE(contains(fault(), "are some files missing?"));
  std::filesystem::remove(directory_ / "cells/part-1.csv");
  const std::string header = text_.substr(0, text_.find('\n') + 1);
  const auto only = [&](const std::string& row) {
    directory_.write("cells/part-0.csv", header + row + "\n");
    manifest_["rows"] = 1;
    directory_.write("manifest.json", manifest_.dump());
  };
  only("0,red,,i1,0,1,0,0,1,0,0");
  EXPECT_TRUE(contains(fault(), "has no total of a left key of 'query:item'"));
  only("7,red,,i1,0,1,0,0,1,0,0");
  EXPECT_TRUE(
      contains(fault(), "column 'segment': found '7', expected a whole number from 0 to 4"));
  only("0,,,i1,0,1,0,0,1,0,0");
  EXPECT_TRUE(contains(fault(), "column 'left_0'"));
  spec_.segments = {{"brand", "item"}};
  manifest_["spec"] = json::parse(spec_.to_json());
  directory_.write("manifest.json", manifest_.dump());
  EXPECT_TRUE(contains(fault(), "counters by 'brand': there is no such field"));
}

}  // namespace
}  // namespace kaskad
