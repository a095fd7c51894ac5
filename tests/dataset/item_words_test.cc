#include "kaskad/dataset/item_words.h"

#include <gtest/gtest.h>

#include <cmath>

#include "kaskad/core/npy.h"
#include "kaskad/dataset/feature_files.h"
#include "tests/dataset/messages.h"
#include "tests/temp_dir.h"

namespace kaskad {
namespace {

// "red shoes red" (of two values), "hat", nothing.
FeatureColumns shop_texts() {
  FeatureColumns columns;
  columns.categorical.push_back({"title", {"Red shoes", "red", "hat"}, {0, 2, 3, 3}, {0, 1, 2}});
  return columns;
}

ItemWords shop_words(const Bm25Options& options = {}) {
  const FeatureColumns own = shop_texts();
  return ItemWords(table_of(own, 3), 3, {}, options);
}

using Numbers = std::vector<uint32_t>;

TEST(ItemWords, CountsTheWordsOfAllValues) {
  const ItemWords words = shop_words();
  EXPECT_EQ(words.num_items(), 3u);
  EXPECT_EQ(words.num_words(), 3u);
  EXPECT_EQ(words.word(0), "red");
  EXPECT_EQ(list(words.of(ItemId{0}).words), (Numbers{0, 1}));
  EXPECT_EQ(list(words.of(ItemId{0}).counts), (Numbers{2, 1}));
  EXPECT_EQ(list(words.of(ItemId{2}).words), Numbers{});
}

TEST(ItemWords, FindsTheWordsOfAQueryInItsOrderAndEachOnce) {
  EXPECT_EQ(shop_words().find("HAT, boots red hat"), (Numbers{2, 0}));
  EXPECT_EQ(shop_words().find(""), Numbers{});
}

TEST(ItemWords, PartIsATermOfBm25) {
  // N = 3, "red" in 1 item of length 3; mean length (3 + 1 + 0) / 3.
  const double idf = std::log(1 + (3 - 1 + 0.5) / (1 + 0.5));
  const double norm = 2 * (1 - 0.5 + 0.5 * 3 / (4.0 / 3));
  EXPECT_NEAR(shop_words({.k1 = 2, .b = 0.5}).part(0, 2, ItemId{0}), idf * 2 * 3 / (2 + norm),
              1e-6);
}

TEST(ItemWords, AreLoadedAsTheyWereSaved) {
  const TempDir directory;
  const ItemWords words = shop_words({.k1 = 2, .b = 0.5});
  words.save(directory.path());
  const ItemWords loaded = ItemWords::load(directory.path(), words.config_json());
  EXPECT_EQ(loaded.find("shoes red"), words.find("shoes red"));
  EXPECT_EQ(loaded.part(0, 2, ItemId{0}), words.part(0, 2, ItemId{0}));
  EXPECT_TRUE(
      contains(message_of([&] { ItemWords::load(directory.path(), R"({"k1": -1, "b": 0.5})"); }),
               "expected k1 of at least 0, b from 0 to 1"));
  write_npy(directory / "word.npy", Numbers{0, 1, 7});
  EXPECT_TRUE(contains(message_of([&] { ItemWords::load(directory.path(), words.config_json()); }),
                       "word.npy' is damaged: it does not fit begin.npy"));
}

}  // namespace
}  // namespace kaskad
