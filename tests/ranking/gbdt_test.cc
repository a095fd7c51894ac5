#include "kaskad/ranking/gbdt.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "kaskad/core/file.h"
#include "kaskad/ranking/booster.h"
#include "kaskad/ranking/gbdt_training.h"
#include "kaskad/ranking/list_evaluation.h"
#include "tests/dataset/messages.h"
#include "tests/model/colour_log.h"
#include "tests/ranking/feature_table.h"

namespace kaskad {
namespace {

class GbdtTest : public testing::Test {
 protected:
  static RankingFeatures features(const FeatureOptions& options = {}) {
    const Dataset& data = colour_log().log.data;
    return {options, data, ItemCounters::build(data, whole_histories(data))};
  }
  GbdtFit train(const GbdtOptions& options, const FeatureOptions& seen = {}) const {
    const GbdtData data{&colour_log().log.data, &colour_log().train, &colour_log().validation,
                        seen};
    return train_gbdt(data, features(seen), {{"next", 1}}, options, directory_.path());
  }
  static std::vector<std::string> names_of(const RankingFeatures& features) {
    std::vector<std::string> names;
    for (const FeatureColumn& column : features.columns()) names.push_back(column.name);
    return names;
  }
  static GbdtOptions quick() {
    GbdtOptions options;
    options.rounds = 40;
    options.threads = 1;
    options.min_child_weight = 0.1;
    return options;
  }

  TempDir directory_;
};

TEST_F(GbdtTest, SameSeedSameModel) {
  const auto requests = random_requests(20);
  const auto first = scores_of(*train(quick()).ranker, requests);
  EXPECT_EQ(scores_of(*train(quick()).ranker, requests), first);
}

TEST_F(GbdtTest, KeepsTheBestRoundAndItsFigureIsThatOfTheRanker) {
  GbdtOptions options = quick();
  options.patience = 5;
  const GbdtFit fit = train(options);
  const HeadFit& head = fit.heads[0];
  EXPECT_EQ(head.ndcg, *std::max_element(head.course.begin(), head.course.end()));
  EXPECT_EQ(head.course[head.rounds - 1], head.ndcg);
  EXPECT_LE(head.course.size(), head.rounds + size_t{5});
  const auto measured =
      evaluate_lists(*fit.ranker, "gbdt", colour_log().log.data, colour_log().validation, {});
  EXPECT_NEAR(measured.metrics[0].interval.value, head.ndcg, 1e-9);
}

// Trees that can tell nothing apart leave the order as it was; from nothing they tie.
TEST_F(GbdtTest, BeginsAtTheOrderOfRetrieval) {
  GbdtOptions options = quick();
  options.rounds = 1;
  options.learning_rate = 1e-6;
  const FeatureOptions blind{.counters = false, .history = false, .items = false, .users = false};
  OwnedRequest request;
  for (uint32_t item = 0; item < 6; ++item) request.offer(item, static_cast<float>(9 - item));
  request.ranks[3] = 0;  // not known: behind all others
  const auto scores = scores_of(*train(options, blind).ranker, {request});
  for (const size_t i : {0, 1, 2, 4}) EXPECT_GT(scores[i], scores[i == 2 ? 4 : i + 1]);
  EXPECT_NEAR(scores[0] - scores[1], std::log(2), 1e-4);
  EXPECT_LT(scores[3], scores[5]);
}

TEST_F(GbdtTest, ImportanceNamesWhatDecides) {
  const GbdtFit fit = train(quick());
  const auto importance = fit.ranker->importance(0);
  ASSERT_FALSE(importance.empty());
  EXPECT_NE(importance[0].first.find("colour"), std::string::npos) << importance[0].first;
  for (size_t i = 1; i < importance.size(); ++i) {
    EXPECT_LE(importance[i].second, importance[i - 1].second);
  }
}

TEST_F(GbdtTest, WithoutWhatDecidesItCannotLearn) {
  const GbdtFit all = train(quick());
  const GbdtFit blind = train(quick(), {.items = false});
  EXPECT_GT(all.heads[0].ndcg, blind.heads[0].ndcg + 0.1);
}

TEST_F(GbdtTest, AGivenModelMayAskAnyFeaturesInAnyOrder) {
  const GbdtFit fit = train(quick());
  const std::string decides = fit.ranker->importance(0)[0].first;
  std::vector<std::string> names = names_of(features());
  // A feature that the trees never ask may be called like any other.
  for (const auto& [name, gain] : fit.ranker->importance(0)) std::erase(names, name);
  ASSERT_FALSE(names.empty());
  const auto with = [&](const std::string& from, const std::string& to) {
    std::vector<HeadTrees> trees;
    trees.push_back({std::make_unique<Booster>(fit.models[0]), names_of(features()), 1});
    std::replace(trees[0].features.begin(), trees[0].features.end(), from, to);
    return GbdtRanker(features(), {{"next", 1}}, std::move(trees));
  };
  const auto requests = random_requests(20);
  const auto expected = scores_of(*fit.ranker, requests);
  EXPECT_EQ(scores_of(with(names[0], decides), requests), expected);
  EXPECT_NE(scores_of(with(decides, names[0]), requests), expected);
}

TEST_F(GbdtTest, FeaturesThatDoNotFitAreNamed) {
  const GbdtFit fit = train(quick());
  const auto error = [&](std::vector<std::string> names) -> std::string {
    std::vector<HeadTrees> trees;
    trees.push_back({std::make_unique<Booster>(fit.models[0]), std::move(names), 1});
    try {
      const GbdtRanker ranker(features(), {{"next", 1}}, std::move(trees));
    } catch (const Error& fault) {
      return fault.what();
    }
    return "";
  };
  std::vector<std::string> names = names_of(features());
  names.back() = "height";
  EXPECT_NE(error(names).find("'height'"), std::string::npos);
  names.pop_back();
  EXPECT_NE(error(names).find(std::to_string(names.size()) + " names"), std::string::npos);
}

TEST_F(GbdtTest, WhatIsNoModelIsNamed) {
  EXPECT_THROW(Booster(directory_ / "nowhere.ubj"), Error);
  const std::string path = directory_.write("bad.json", "{\"learner\": 3}");
  try {
    const Booster booster(path);
    FAIL();
  } catch (const Error& fault) {
    EXPECT_NE(std::string(fault.what()).find("bad.json"), std::string::npos) << fault.what();
  }
}

// The model in UBJSON with another score of no tree: the name, then S, L, the length of the text in
// eight bytes, and the text.
std::string with_base_score(std::string model, const std::string& text) {
  const size_t mark = model.find("base_score") + std::string("base_score").size();
  EXPECT_EQ(model.substr(mark, 2), "SL");
  const auto length = static_cast<unsigned char>(model[mark + 9]);
  model.replace(mark + 10, length, text);
  model[mark + 9] = static_cast<char>(text.size());
  return model;
}

TEST_F(GbdtTest, AScoreOfNoTreeMayBeAListAsNewerOnesWriteIt) {
  const std::string model = read_file(train(quick()).models[0]);
  const auto score = [&](const std::string& text) {
    const Booster booster(directory_.write("model.ubj", with_base_score(model, text)));
    const std::vector<float> row(booster.num_features(), 1);
    float out = 0;
    booster.predict(row, {&out, 1});
    return out;
  };
  EXPECT_NEAR(score("2.5E-1") - score("0E0"), 0.25, 1e-6);
  EXPECT_EQ(score("[2.5E-1]"), score("2.5E-1"));
  EXPECT_EQ(score("[-1.5E0]"), score("-1.5E0"));
  EXPECT_EQ(score("[3E0]"), score("3"));
  EXPECT_NE(message_of([&] { score("[5E-1,5E-1]"); }).find("found 5E-1,5E-1, expected one number"),
            std::string::npos);
}

TEST_F(GbdtTest, HeadsAddUpByTheirWeights) {
  const GbdtFit fit = train(quick());
  std::vector<std::string> names = names_of(features());
  std::vector<HeadTrees> trees;
  for (int head = 0; head < 2; ++head)
    trees.push_back({std::make_unique<Booster>(fit.models[0]), names, 1});
  const GbdtRanker two(features(), {{"click", 1}, {"buy", 3}}, std::move(trees));
  const auto requests = random_requests(10);
  const auto once = scores_of(*fit.ranker, requests);
  const auto summed = scores_of(two, requests);
  for (size_t i = 0; i < once.size(); ++i) EXPECT_FLOAT_EQ(summed[i], once[i] + 3 * once[i]);
}

TEST_F(GbdtTest, WrongOptionsAreNamed) {
  GbdtOptions options;
  options.objective = "reg:linear";
  EXPECT_THROW(check_options(options), Error);
  options = quick();
  options.more["min_child_weight"] = "many";
  EXPECT_THROW(train(options), Error);
}

}  // namespace
}  // namespace kaskad
