#include "kaskad/ranking/retriever_ranker.h"

#include <gtest/gtest.h>

#include "kaskad/core/error.h"
#include "kaskad/dataset/split.h"
#include "tests/model/colour_log.h"
#include "tests/model/counting_retriever.h"

namespace kaskad {
namespace {

class RetrieverRankerTest : public testing::Test {
 protected:
  RetrieverRankerTest() {
    register_retriever(CountingRetriever::kKind, [](const std::string& directory, const auto&) {
      return CountingRetriever::load(directory);
    });
  }

  // A bundle that holds so many events less than all of each history.
  Bundle make_bundle(uint32_t less, const std::string& split_hash) {
    BundleContents contents;
    contents.dataset = &data();
    for (uint32_t u = 0; u < kColourUsers; ++u) {
      contents.history_end.push_back(static_cast<uint32_t>(data().history(UserId{u}).size()) -
                                     less);
    }
    contents.split_hash = split_hash;
    contents.config_json = contents.metrics_json = "{}";
    const auto model = CountingRetriever::fit(data());
    write_bundle(directory_ / "bundle", contents, *model,
                 [&](const std::string& to) { model->save(to); });
    return load_bundle(directory_ / "bundle");
  }
  static const Dataset& data() { return colour_log().log.data; }

  TempDir directory_;
};

TEST_F(RetrieverRankerTest, ScoresAreTheRetrieversWhoeverRetrieved) {
  const auto model = CountingRetriever::fit(data());
  const RetrieverRanker ranker(*model, data());
  OwnedRequest request;
  request.take(2);
  request.take(6);
  for (const uint32_t item : {5u, 4u, 10u}) request.offer(item, 1);
  std::vector<float> all(kColourItems);
  Query query;
  query.history.items = request.history;
  model->score_all(query, all);
  EXPECT_EQ(scores_of(ranker, {request}), (std::vector<float>{all[5], all[4], all[10]}));
  EXPECT_GT(all[4], all[5]);  // of the colour that was taken
  EXPECT_EQ(ranker.kind(), "counting");
}

TEST_F(RetrieverRankerTest, AnUnknownItemGetsTheLeastScore) {
  const auto model = CountingRetriever::fit(data());
  const RetrieverRanker ranker(*model, data());
  OwnedRequest request;
  request.take(2);
  request.offer(4, 1);
  request.candidates.push_back(kNoItem);
  request.candidates.push_back(ItemId{1'000'000});
  request.scores = {};
  request.ranks = {};
  const auto scores = scores_of(ranker, {request});
  EXPECT_EQ(scores[1], 0);
  EXPECT_EQ(scores[2], 0);
  EXPECT_GT(scores[0], 0);
}

// The lists of the colour log begin at most three events before the end of a history.
TEST_F(RetrieverRankerTest, OneThatLearnedTheAnswersIsRefused) {
  EXPECT_NO_THROW(check_retriever(make_bundle(3, "other"), data(), colour_log().validation));
  EXPECT_THROW(check_retriever(make_bundle(0, "other"), data(), colour_log().validation), Error);
  // Of the same split, but fitted for its test, which comes later than the validation.
  EXPECT_THROW(check_retriever(make_bundle(0, "split"), data(), colour_log().validation), Error);
}

TEST_F(RetrieverRankerTest, OneOfOtherItemsIsRefused) {
  const TestDataset other({{"ann", "a", 1}, {"ann", "b", 2}});
  const auto model = CountingRetriever::fit(other.data);
  BundleContents contents;
  contents.dataset = &other.data;
  contents.config_json = contents.metrics_json = "{}";
  write_bundle(directory_ / "other", contents, *model,
               [&](const std::string& to) { model->save(to); });
  EXPECT_THROW(check_retriever(load_bundle(directory_ / "other"), data(), colour_log().validation),
               Error);
}

}  // namespace
}  // namespace kaskad
