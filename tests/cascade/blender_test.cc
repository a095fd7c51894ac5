// The places of an answer: diversity, caps, shares, pinned items; and the gate that rules make.
#include "kaskad/cascade/blender.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>

#include "kaskad/core/error.h"
#include "tests/cascade/fakes.h"
#include "tests/cascade/shop.h"

namespace kaskad {
namespace {

using Names = std::vector<std::string>;

class BlenderTest : public testing::Test {
 protected:
  void SetUp() override {
    builder_.retriever("a", {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, 10);
    builder_.parts.items = write_shop(builder_.directory / "shop");
  }
  BlendConfig& blend() { return builder_.config.blend; }
  Names answer(size_t k) {
    const auto cascade = builder_.build();
    return names_of(*cascade, cascade->recommend(nobody(k)));
  }
  std::string fault() {
    try {
      builder_.build();
    } catch (const Error& error) {
      return error.what();
    }
    return "none";
  }
  void rule(const std::string& text, bool keep) {
    builder_.config.rules.push_back({{"cascade.toml, line 9"}, "r", Rule::parse(text), keep});
  }

  CascadeBuilder builder_;
};

TEST_F(BlenderTest, WithoutWishesTheOrderOfRankingStays) {
  EXPECT_EQ(answer(4), (Names{"i0", "i1", "i2", "i3"}));
}

TEST_F(BlenderTest, RulesKeepOrDropItems) {
  rule(R"(category == "books")", true);
  EXPECT_EQ(answer(10), (Names{"i0", "i2", "i4", "i6"}));
  rule("price > 30", false);
  EXPECT_EQ(answer(10), (Names{"i0", "i2"}));
}

TEST_F(BlenderTest, ARuleOverAFeatureThatIsNotThereNamesItsPlace) {
  rule("colour == \"red\"", true);
  EXPECT_EQ(fault(),
            "cascade.toml, line 9, column 1: found the unknown feature 'colour', expected one of: "
            "category, price, appeared, vector");
}

TEST_F(BlenderTest, ACapHoldsByValue) {
  blend().caps = {{{}, "category", {}, 2}};
  // i4 is of both; i8 has no category, so no cap holds it.
  EXPECT_EQ(answer(10), (Names{"i0", "i1", "i2", "i3", "i8"}));
  blend().caps = {{{}, "", Rule::parse("price >= 20"), 1}};
  EXPECT_EQ(answer(10), (Names{"i0", "i1", "i2", "i9"}));
}

TEST_F(BlenderTest, PinnedItemsHaveTheirPlaces) {
  blend().pinned = {{"i9", 2}, {"i3", 1}};
  EXPECT_EQ(answer(4), (Names{"i3", "i9", "i0", "i1"}));
  builder_.config.banned = {"i9"};
  EXPECT_EQ(answer(3), (Names{"i3", "i0", "i1"}));  // who may not be shown gives up the place
  blend().pinned = {{"no such item", 1}};
  EXPECT_NE(fault().find("found 'no such item', expected an item that a retriever knows"),
            std::string::npos);
}

TEST_F(BlenderTest, APinnedItemNeedsNoRetriever) {
  builder_.config.retrievers[0].keep = 2;
  blend().pinned = {{"i7", 5}, {"i1", 1}};
  EXPECT_EQ(answer(10), (Names{"i1", "i0", "i7"}));  // closed up, as there is nothing between
}

TEST_F(BlenderTest, ShareOfNewItems) {
  blend().fresh_feature = "appeared";
  blend().fresh_days = 1.5;  // i8 and i9: the requests are at the time of i9
  blend().fresh_share = 0.5;
  EXPECT_EQ(answer(4), (Names{"i0", "i8", "i1", "i9"}));
  EXPECT_EQ(answer(6), (Names{"i0", "i8", "i1", "i9", "i2", "i3"}));  // no more of them
  blend().fresh_feature = "vector";
  EXPECT_NE(fault().find("a feature of one number"), std::string::npos);
}

TEST_F(BlenderTest, ExplorationDrawsFromBelowTheAnswerAndIsRepeatable) {
  blend().explore_share = 0.25;
  const auto cascade = builder_.build();
  std::vector<size_t> drawn(10);
  for (int user = 0; user < 200; ++user) {
    const CascadeAnswer found = cascade->recommend(somebody("u" + std::to_string(user), 4));
    ASSERT_EQ(found.items.size(), 4u);
    EXPECT_EQ(found.items[3].placed, Placed::kExplored);
    EXPECT_EQ(found.items[2].item, ItemId{2});
    ++drawn[index(found.items[3].item)];
    const CascadeAnswer again = cascade->recommend(somebody("u" + std::to_string(user), 4));
    EXPECT_EQ(names_of(*cascade, found), names_of(*cascade, again));
  }
  for (size_t item = 0; item < 4; ++item) EXPECT_EQ(drawn[item], 0u);
  for (size_t item = 4; item < 10; ++item) EXPECT_GT(drawn[item], 15u) << item;  // of 33
}

// As the formula says it: for each place all candidates against all items above.
std::vector<uint32_t> plain_mmr(const std::vector<float>& scores, double lambda, size_t k,
                                const std::function<double(uint32_t, uint32_t)>& likeness) {
  const double first = scores.front(), last = scores.back();
  std::vector<uint32_t> chosen;
  while (chosen.size() < k) {
    double best = -10;
    uint32_t found = 0;
    for (uint32_t i = 0; i < scores.size(); ++i) {
      if (std::ranges::find(chosen, i) != chosen.end()) continue;
      double most = 0;
      for (const uint32_t above : chosen) most = std::max(most, likeness(i, above));
      const double value = lambda * (scores[i] - last) / (first - last) - (1 - lambda) * most;
      if (value > best) {
        best = value;
        found = i;
      }
    }
    chosen.push_back(found);
  }
  return chosen;
}

TEST_F(BlenderTest, DiversityIsThatOfThePlainFormula) {
  builder_.ranker("rank", {20, 17, 15, 14, 11, 9, 8, 5, 4, 1}, 10);
  const std::vector<float> scores = {20, 17, 15, 14, 11, 9, 8, 5, 4, 1};
  const std::vector<std::vector<int>> categories = {{0}, {1}, {0}, {1}, {0, 1},
                                                    {1}, {0}, {1}, {},  {1}};
  const auto jaccard = [&](uint32_t a, uint32_t b) {
    std::vector<int> both;
    std::ranges::set_intersection(categories[a], categories[b], std::back_inserter(both));
    const size_t either = categories[a].size() + categories[b].size() - both.size();
    return either == 0 ? 0.0 : static_cast<double>(both.size()) / static_cast<double>(either);
  };
  const auto cosine = [](uint32_t a, uint32_t b) { return (a < 5) == (b < 5) ? 1.0 : 0.0; };
  for (const double lambda : {0.0, 0.3, 0.5, 0.8, 1.0}) {
    for (const bool by_vector : {false, true}) {
      blend().mmr_lambda = lambda;
      blend().mmr_feature = by_vector ? "vector" : "category";
      Names expected;
      const auto chosen =
          by_vector ? plain_mmr(scores, lambda, 7, cosine) : plain_mmr(scores, lambda, 7, jaccard);
      for (const uint32_t item : chosen) expected.push_back("i" + std::to_string(item));
      EXPECT_EQ(answer(7), expected) << lambda << by_vector;
    }
  }
}

TEST_F(BlenderTest, TheTraceSaysWhyAnItemIsNotThere) {
  builder_.ranker("rank", {9, 8, 7, 6, 5, 4, 3, 2, 1, 0}, 7);
  builder_.config.retrievers[0].keep = 8;
  builder_.config.banned = {"i1"};
  rule("price == 20", false);
  blend().caps = {{{}, "category", {}, 1}};
  const auto cascade = builder_.build();
  const auto why = [&](uint32_t item) {
    CascadeRequest request = nobody(3);
    request.history->items = {ItemId{5}};
    request.exclude = {ItemId{6}};
    request.trace = true;
    request.traced_item = ItemId{item};
    return cascade->recommend(request).why_not;
  };
  // i0 (books), i3 (toys), then i8, which has no category.
  EXPECT_EQ(why(0), "it is in the answer, at position 1");
  EXPECT_EQ(why(1), "it may not be shown: banned");
  EXPECT_EQ(why(2), "it may not be shown: rule 'r'");
  EXPECT_EQ(why(4), "dropped by 'blend': cap: category at most 1");
  EXPECT_EQ(why(5), "it may not be shown: seen: in the history");
  EXPECT_EQ(why(6), "it may not be shown: in the request's 'exclude'");
  EXPECT_EQ(why(8), "it is in the answer, at position 3");
  builder_.config.rank->keep = 2;
  builder_.config.retrievers[0].keep = 3;  // and two in place of those that are shut out: i0 i3 i4
  const auto smaller = builder_.build();
  CascadeRequest request = nobody(3);
  request.trace = true;
  request.traced_item = ItemId{9};
  EXPECT_EQ(smaller->recommend(request).why_not, "no retriever found it");
  request.traced_item = ItemId{4};
  CascadeAnswer found = smaller->recommend(request);
  EXPECT_EQ(found.why_not, "dropped by 'rank': place 3 of 3, the stage keeps 2");
  EXPECT_EQ(found.trace->stages.size(), 4u);  // a, filter, rank, blend
  EXPECT_EQ(found.trace->stages[1].out.size(), 3u);
}

}  // namespace
}  // namespace kaskad
