// What the jobs of spark/ write, here as CSV and of pairs that were counted on the spot.
#include "kaskad/cooc/counted_pairs.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "tests/cooc/cooc_log.h"
#include "tests/dataset/messages.h"

namespace kaskad {
namespace {

using nlohmann::json;

std::string precise(double value) {
  char text[40];
  std::snprintf(text, sizeof(text), "%.17g", value);
  return text;
}

class CountedPairsTest : public testing::Test {
 protected:
  CountedPairsTest() : log_(random_rows(40, 12, 150, 3)) {  // three blocks of rows
    for (const auto& weighting :
         {PairWeighting{.window = 4}, PairWeighting{.reverse = 0.5, .gap = GapDecay::kInverse}}) {
      Variant variant;
      variant.matrix.weighting = weighting;
      blend_.parts.push_back({variant, 1.0});
    }
    blend_.parts[1].variant.matrix.normalisation.kind = NormKind::kCosine;
    const std::vector<PairWeighting> weightings = {blend_.parts[0].variant.matrix.weighting,
                                                   blend_.parts[1].variant.matrix.weighting};
    counts_ = count_pairs(all_sequences(log_.data), weightings, {});
    for (size_t item = 0; item < log_.data.num_items(); ++item) {
      popularity_.push_back(all_sequences(log_.data).occurrences(item).size());
    }
  }

  // Numbers of items as a hash gives them: far apart, some negative.
  static int64_t number(size_t item) { return (static_cast<int64_t>(item) - 70) * 1'000'000'007; }

  void write() {
    std::string items = "item,item_id,events,occurrences_0,occurrences_1,row_sum_0,row_sum_1\n";
    std::vector<std::string> parts(2, "source,target,weight_0,weight_1\n");
    size_t pairs = 0;
    for (size_t i = 0; i < counts_.num_items; ++i) {
      const CountBlock& block = counts_.blocks[i / PairCounts::kBlockRows];
      const size_t r = i % PairCounts::kBlockRows;
      items += std::to_string(number(i)) + "," + std::string(log_.data.items().name(i)) + "," +
               std::to_string(popularity_[i]);
      for (size_t l = 0; l < 2; ++l) items += "," + precise(counts_.occurrences[l][i]);
      for (size_t l = 0; l < 2; ++l) items += "," + precise(block.row_sum[r * 2 + l]);
      items += "\n";
      for (uint32_t c = block.row_begin[r + 1]; c > block.row_begin[r]; --c, ++pairs) {
        parts[pairs % 2] +=
            std::to_string(number(i)) + "," + std::to_string(number(block.columns[c - 1])) + "," +
            precise(block.values[0][c - 1]) + "," + precise(block.values[1][c - 1]) + "\n";
      }
    }
    manifest_ = {{"format", "kaskad counted pairs"},
                 {"version", 1},
                 {"blend", blend_},
                 {"weightings", counts_.weightings},
                 {"events", log_.data.num_events()},
                 {"users", log_.data.num_users()},
                 {"items", counts_.num_items},
                 {"pairs", pairs},
                 {"horizon", whole_log(log_.data).horizon},
                 {"time", "clock"}};
    std::filesystem::create_directories(directory_ / "pairs");
    std::filesystem::create_directories(directory_ / "items");
    directory_.write("items/part-0.csv", items);
    for (size_t p = 0; p < 2; ++p) {
      directory_.write("pairs/part-" + std::to_string(p) + ".csv", parts[p]);
    }
    directory_.write("manifest.json", manifest_.dump());
  }
  CountedPairs read() const { return read_counted_pairs(directory_.path(), log_.data.items(), 2); }
  std::string fault() const {
    return message_of([&] { read(); });
  }

  TestDataset log_;
  Blend blend_;
  PairCounts counts_;
  std::vector<uint64_t> popularity_;
  json manifest_;
  TempDir directory_;
};

TEST_F(CountedPairsTest, TheModelIsTheOneThatIsFittedHere) {
  write();
  EXPECT_TRUE(holds_counted_pairs(directory_.path()));
  const CountedPairs counted = read();
  EXPECT_EQ(counted.popularity, popularity_);
  for (size_t lane = 0; lane < 2; ++lane) {
    EXPECT_EQ(dense(counted.counts, lane), dense(counts_, lane));
    EXPECT_EQ(counted.counts.occurrences[lane], counts_.occurrences[lane]);
    const ItemMatrix ours =
        build_item_matrix(counts_, lane, blend_.parts[lane].variant.matrix.normalisation, {}, 1);
    const ItemMatrix theirs = build_item_matrix(
        counted.counts, lane, blend_.parts[lane].variant.matrix.normalisation, {}, 1);
    EXPECT_EQ(dense(theirs.view()), dense(ours.view()));
  }
  const auto here = fit_cooc(log_.data, whole_log(log_.data), blend_, {});
  const auto there = fit_counted(counted, log_.data, {});
  EXPECT_EQ(there->config(), here->config());
  Query query;
  query.history = log_.data.history(log_.user("u5"));
  query.now = counted.horizon;
  std::vector<float> ours(counts_.num_items), theirs(counts_.num_items);
  here->score_all(query, ours);
  there->score_all(query, theirs);
  for (size_t i = 0; i < ours.size(); ++i) EXPECT_NEAR(theirs[i], ours[i], 1e-6);
}

TEST_F(CountedPairsTest, WhatIsLostOrWrongIsNamed) {
  write();
  const std::string part = read_file(directory_ / "pairs/part-1.csv");
  std::filesystem::remove(directory_ / "pairs/part-1.csv");
  EXPECT_TRUE(contains(fault(), "are some files missing?"));
  directory_.write("pairs/part-1.csv", "source,target,weight_0,weight_1\n1,2,3,4\n");
  EXPECT_TRUE(contains(fault(), "found '1', expected the number of an item"));
  const size_t line = part.find('\n', part.find('\n') + 1) + 1;  // behind the first row
  const std::string row = part.substr(part.find('\n') + 1, line - part.find('\n') - 1);
  directory_.write("pairs/part-1.csv", part + row);
  manifest_["pairs"] = manifest_["pairs"].get<size_t>() + 1;
  directory_.write("manifest.json", manifest_.dump());
  EXPECT_TRUE(contains(fault(), "has a pair of items twice"));
  manifest_["version"] = 9;
  directory_.write("manifest.json", manifest_.dump());
  EXPECT_TRUE(contains(fault(), "expected \"kaskad counted pairs\" 1; count again"));
  directory_.write("manifest.json", R"({"format": "kaskad counted pairs", "version": 1})");
  EXPECT_TRUE(contains(fault(), "is damaged"));
}

TEST_F(CountedPairsTest, AnItemThatTheDatasetLacksIsAnError) {
  write();
  const TestDataset other({{"u", "i1", 1}, {"u", "i2", 2}});
  EXPECT_TRUE(
      contains(message_of([&] { read_counted_pairs(directory_.path(), other.data.items(), 1); }),
               "counts 148 items that the dataset does not have"));
}

TEST_F(CountedPairsTest, PartsThatPairsDoNotMakeAreRefused) {
  Variant ease;
  ease.matrix.kind = MatrixKind::kEase;
  blend_.parts.push_back({ease, 1.0});
  write();
  EXPECT_TRUE(contains(message_of([&] { fit_counted(read(), log_.data, {}); }),
                       "made of events, not of counted pairs"));
  blend_.parts.back().variant.matrix = {};
  blend_.parts.back().variant.matrix.weighting.window = 17;
  write();
  EXPECT_TRUE(contains(message_of([&] { fit_counted(read(), log_.data, {}); }), "was not counted"));
}

}  // namespace
}  // namespace kaskad
