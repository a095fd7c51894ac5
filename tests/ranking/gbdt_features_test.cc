#include "kaskad/ranking/gbdt_features.h"

#include <gtest/gtest.h>

#include "kaskad/core/error.h"
#include "kaskad/ranking/gbdt_training.h"
#include "kaskad/ranking/simple_rankers.h"
#include "tests/model/colour_log.h"

namespace kaskad {
namespace {

constexpr FeatureOptions kPlain{
    .counters = false, .history = false, .items = false, .users = false};

// Gives the item's number, plus what a list has in common, as a neural ranker may: its length.
class NumberRanker : public Ranker {
 public:
  explicit NumberRanker(size_t num_items = kColourItems) : num_items_(num_items) {}
  std::string kind() const override { return "number"; }
  size_t num_items() const override { return num_items_; }
  const std::vector<Head>& heads() const override { return heads_; }
  void score_heads(std::span<const RankRequest> requests, std::span<float> out) const override {
    for (const RankRequest& request : requests) {
      for (const ItemId item : request.candidates) {
        out[0] = item == kNoItem ? 0 : static_cast<float>(index(item));
        out[0] += static_cast<float>(request.candidates.size());
        out = out.subspan(1);
      }
    }
  }

 private:
  size_t num_items_;
  std::vector<Head> heads_ = {{"next", 1}};
};

class GbdtFeaturesTest : public testing::Test {
 protected:
  GbdtFeaturesTest() {
    register_ranker("number", [](const std::string&, const std::string&, const auto&) {
      return std::make_unique<NumberRanker>();
    });
    RankerBundleContents contents;
    contents.dataset = &data();
    contents.lists = &colour_log().train;
    contents.split_hash = "split";
    contents.impressions_hash = colour_log().train.hash();
    write_ranker_bundle(directory_ / "number", contents, NumberRanker(), [](const auto&) {});
  }
  static const Dataset& data() { return colour_log().log.data; }
  NestedRanker nested(const std::string& name) const {
    return {name, std::make_shared<const RankerBundle>(load_ranker_bundle(directory_ / "number"))};
  }
  GbdtFeatures features() const {
    return {RankingFeatures(kPlain, data(), nullptr), {nested("number")}};
  }
  static std::vector<float> rows_of(const GbdtFeatures& features,
                                    const std::vector<OwnedRequest>& owned) {
    std::vector<RankRequest> requests;
    for (const OwnedRequest& request : owned) requests.push_back(request.view());
    std::vector<float> rows(num_candidates(requests) * features.columns().size());
    features.compute(requests, rows);
    return rows;
  }

  TempDir directory_;
};

TEST_F(GbdtFeaturesTest, AScoreStandsBesideTheOtherColumnsAndBelowTheBestOfItsList) {
  const GbdtFeatures both = features();
  ASSERT_EQ(both.columns().size(), 4U + 2U);
  EXPECT_EQ(both.columns()[4].name, "score_of_number");
  EXPECT_EQ(both.columns()[5].name, "score_of_number_below_best");
  OwnedRequest first, second;
  for (const uint32_t item : {3u, 8u}) first.offer(item, 9);
  second.offer(5, 4);
  const auto rows = rows_of(both, {first, second});
  const auto column = [&](size_t number) {
    return std::vector<float>{rows[number], rows[6 + number], rows[12 + number]};
  };
  EXPECT_EQ(column(0), (std::vector<float>{1, 2, 1}));              // rank
  EXPECT_EQ(column(4), (std::vector<float>{3 + 2, 8 + 2, 5 + 1}));  // number and length
  EXPECT_EQ(column(5), (std::vector<float>{8 - 3, 0, 0}));
}

TEST_F(GbdtFeaturesTest, SavedAndLoadedComputesTheSame) {
  const std::string to = directory_ / "saved";
  std::filesystem::create_directories(to);
  features().save(to);
  std::filesystem::remove_all(directory_ / "number");  // the nested one was copied
  const GbdtFeatures loaded = GbdtFeatures::load(to, {"number"});
  OwnedRequest request;
  for (const uint32_t item : {7u, 2u, 4u}) request.offer(item, 1);
  const std::vector<float> rows = rows_of(loaded, {request});
  EXPECT_EQ(rows[4], 7 + 3);
  EXPECT_EQ(rows[6 + 5], 7 - 2);
  EXPECT_THROW(GbdtFeatures::load(to, {"number", "other"}), Error);
}

TEST_F(GbdtFeaturesTest, NamesAreDistinctAndItemsTheSame) {
  const auto make = [&](std::vector<NestedRanker> list) {
    return GbdtFeatures(RankingFeatures(kPlain, data(), nullptr), std::move(list));
  };
  EXPECT_NO_THROW(make({nested("a"), nested("b")}));
  EXPECT_THROW(make({nested("a"), nested("a")}), Error);
  RankerBundle other;
  other.ranker = std::make_unique<NumberRanker>(kColourItems + 1);
  EXPECT_THROW(make({{"other", std::make_shared<const RankerBundle>(std::move(other))}}), Error);
}

// The nested ranker learned from the train lists: trees on these would believe it too much.
TEST_F(GbdtFeaturesTest, TreesDoNotLearnFromListsThatTheNestedRankerLearnedFrom) {
  const Impressions& train = colour_log().train;
  const Impressions& validation = colour_log().validation;
  const auto error = [&](const Impressions& learned, const Impressions& stopping) -> std::string {
    GbdtOptions options;
    options.rounds = 2;
    options.threads = 1;
    const GbdtData lists{&data(), &learned, &stopping, kPlain, {nested("number")}};
    try {
      train_gbdt(lists, features(), {{"next", 1}}, options, directory_.path());
    } catch (const Error& fault) {
      return fault.what();
    }
    return "";
  };
  EXPECT_EQ(error(validation, validation), "");
  EXPECT_NE(error(train, validation).find("too good"), std::string::npos);
  EXPECT_NE(error(validation, train).find("too good"), std::string::npos);
}

}  // namespace
}  // namespace kaskad
