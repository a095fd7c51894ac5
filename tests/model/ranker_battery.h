// The battery that every Ranker passes: one list of tests, instantiated per kind. In exactly one
// file of a test executable:
//
//   INSTANTIATE_TEST_SUITE_P(Trees, RankerBattery, testing::Values(BatteryRanker{"gbdt", make}),
//                            ranker_battery_name);
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "kaskad/model/ranker_bundle.h"
#include "tests/model/colour_log.h"

namespace kaskad {

// A ranker with what its bundle needs.
struct MadeRanker {
  std::shared_ptr<const Ranker> ranker;
  std::string config_json;
  std::function<void(const std::string& directory)> save;
};

struct BatteryRanker {
  std::string name;
  std::function<MadeRanker(const ColourLog&)> make;
  // Facts of this kind on the battery's log.
  std::function<void(const Ranker&, const ColourLog&)> known_answer = {};
  float tolerance = 0;     // by which scores may differ that should be the same
  bool sees_list = false;  // scores depend on which candidates come together, not on their order
};

inline void PrintTo(const BatteryRanker& ranker, std::ostream* out) { *out << ranker.name; }

inline std::string ranker_battery_name(const testing::TestParamInfo<BatteryRanker>& info) {
  return info.param.name;
}

class RankerBattery : public testing::TestWithParam<BatteryRanker> {
 protected:
  void SetUp() override { made_ = GetParam().make(colour_log()); }
  const Ranker& ranker() const { return *made_.ranker; }

  void write(const std::string& directory) const {
    RankerBundleContents contents;
    contents.dataset = &colour_log().log.data;
    contents.lists = &colour_log().validation;
    contents.config_json = made_.config_json;
    write_ranker_bundle(directory, contents, ranker(), made_.save);
  }

  static void expect_same(const std::vector<float>& found, const std::vector<float>& expected) {
    ASSERT_EQ(found.size(), expected.size());
    for (size_t i = 0; i < found.size(); ++i) {
      EXPECT_NEAR(found[i], expected[i], GetParam().tolerance) << i;
    }
  }

  MadeRanker made_;
};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(RankerBattery);

TEST_P(RankerBattery, SaysItsKindSizeAndHeads) {
  EXPECT_FALSE(ranker().kind().empty());
  EXPECT_EQ(ranker().num_items(), kColourItems);
  EXPECT_FALSE(ranker().heads().empty());
}

TEST_P(RankerBattery, GivesTheKnownAnswer) {
  if (GetParam().known_answer) GetParam().known_answer(ranker(), colour_log());
}

TEST_P(RankerBattery, BatchEqualsSingle) {
  const auto requests = random_requests(60);
  const auto batch = scores_of(ranker(), requests);
  size_t at = 0;
  for (size_t r = 0; r < requests.size(); ++r) {
    SCOPED_TRACE(r);
    for (const float score : scores_of(ranker(), {requests[r]})) {
      EXPECT_NEAR(batch[at++], score, GetParam().tolerance);
    }
  }
  EXPECT_EQ(at, batch.size());
}

// The same with its candidates the other way round.
inline OwnedRequest turned_round(OwnedRequest request) {
  std::reverse(request.candidates.begin(), request.candidates.end());
  std::reverse(request.scores.begin(), request.scores.end());
  std::reverse(request.ranks.begin(), request.ranks.end());
  return request;
}

TEST_P(RankerBattery, OrderOfCandidatesDoesNotMatter) {
  for (const OwnedRequest& request : random_requests(40)) {
    auto scores = scores_of(ranker(), {turned_round(request)});
    std::reverse(scores.begin(), scores.end());
    expect_same(scores_of(ranker(), {request}), scores);
  }
}

TEST_P(RankerBattery, FeaturesAreTheSameWhereverACandidateStands) {
  const size_t width = ranker().feature_names().size();
  for (const OwnedRequest& request : random_requests(20)) {
    const size_t count = request.candidates.size();
    const OwnedRequest turned = turned_round(request);
    std::vector<float> found(count * width), other(count * width);
    ranker().features(request.view(), found);
    ranker().features(turned.view(), other);
    for (size_t c = 0; c < count; ++c) {
      for (size_t f = 0; f < width; ++f) {
        const float value = found[c * width + f], same = other[(count - 1 - c) * width + f];
        if (std::isnan(value) && std::isnan(same)) continue;
        EXPECT_NEAR(value, same, GetParam().tolerance) << ranker().feature_names()[f];
      }
    }
  }
}

TEST_P(RankerBattery, SavedAndLoadedScoresTheSame) {
  const TempDir directory;
  write(directory / "ranker");
  const RankerBundle bundle = load_ranker_bundle(directory / "ranker");
  EXPECT_EQ(bundle.kind, ranker().kind());
  EXPECT_EQ(bundle.ranker->heads(), ranker().heads());
  const auto requests = random_requests(40);
  EXPECT_EQ(scores_of(*bundle.ranker, requests), scores_of(ranker(), requests));
}

TEST_P(RankerBattery, ScoresAreFiniteForWhomNothingIsKnown) {
  OwnedRequest empty;  // no history, no user
  for (uint32_t item = 0; item < 6; ++item) empty.offer(item, 1);
  OwnedRequest bare = empty;  // nor anything of the retriever
  bare.scores.clear();
  bare.ranks.clear();
  OwnedRequest nothing;  // no candidates
  for (const float score : scores_of(ranker(), {empty, bare, nothing})) {
    EXPECT_TRUE(std::isfinite(score));
  }
}

TEST_P(RankerBattery, UnknownIdsAreScoredAndChangeNobodyElse) {
  OwnedRequest request;
  request.take(2);
  request.take(4);
  for (uint32_t item = 0; item < 6; ++item) request.offer(item, 5);
  const auto before = scores_of(ranker(), {request});
  request.candidates.push_back(kNoItem);
  request.scores.push_back(5);
  request.ranks.push_back(7);
  auto after = scores_of(ranker(), {request});
  EXPECT_TRUE(std::isfinite(after.back()));
  after.pop_back();
  if (!GetParam().sees_list) expect_same(after, before);

  OwnedRequest strange = request;
  strange.user = UserId{1'000'000};
  strange.history = {ItemId{1'000'000}, kNoItem};
  for (const float score : scores_of(ranker(), {strange})) EXPECT_TRUE(std::isfinite(score));
}

TEST_P(RankerBattery, ManyThreadsScoreTheSame) {
  const auto requests = random_requests(60);
  const auto expected = scores_of(ranker(), requests);
  std::vector<std::vector<float>> found(4);
  std::vector<std::thread> threads;
  for (auto& scores : found) {
    threads.emplace_back([&] {
      for (int turn = 0; turn < 5; ++turn) scores = scores_of(ranker(), requests);
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const auto& scores : found) EXPECT_EQ(scores, expected);
}

}  // namespace kaskad
