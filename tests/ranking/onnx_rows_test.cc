#include "kaskad/ranking/onnx_rows.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "kaskad/core/error.h"
#include "kaskad/core/file.h"
#include "kaskad/ranking/gbdt.h"
#include "tests/model/colour_log.h"
#include "tests/ranking/onnx_stumps.h"

namespace kaskad {
namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

// Over three features: 1 or 2 by the first, 10 or 20 by the third.
const std::vector<Stump> kStumps = {{0, 0.5F, 1, 2, true}, {2, 5, 10, 20, false}};

class OnnxRowsTest : public testing::Test {
 protected:
  std::string write(const std::string& bytes) { return directory_.write("model.onnx", bytes); }
  std::string error_of(const std::string& bytes) {
    try {
      const OnnxRows model(write(bytes));
    } catch (const Error& fault) {
      return fault.what();
    }
    return "";
  }
  static std::vector<float> predict(const RowModel& model, const std::vector<float>& rows) {
    std::vector<float> scores(rows.size() / model.num_features());
    model.predict(rows, scores);
    return scores;
  }

  TempDir directory_;
};

TEST_F(OnnxRowsTest, ARegressorsSumIsTheScore) {
  const OnnxRows model(write(stump_regressor(3, kStumps)));
  EXPECT_EQ(model.num_features(), 3U);
  EXPECT_TRUE(model.feature_names().empty());
  EXPECT_TRUE(model.gain().empty());
  EXPECT_EQ(predict(model, {0, 7, 5, 1, 7, 5, 1, 7, 6}),
            (std::vector<float>{1 + 10, 2 + 10, 2 + 20}));
  EXPECT_TRUE(predict(model, {}).empty());
}

// CatBoost says (N) of what is (N, 1); others leave the number of columns open.
TEST_F(OnnxRowsTest, DeclaredShapesOfTheAnswerNeedNotBeRight) {
  for (const std::vector<Dimension>& declared :
       {std::vector<Dimension>{"N"}, std::vector<Dimension>{"N", "columns"}}) {
    const OnnxRows model(write(stump_regressor(3, kStumps, declared)));
    EXPECT_EQ(predict(model, {0, 7, 5, 1, 7, 5}), (std::vector<float>{11, 12}));
  }
}

TEST_F(OnnxRowsTest, WhatIsNotKnownGoesTheWayThatTheTreeSays) {
  const OnnxRows model(write(stump_regressor(3, kStumps)));
  EXPECT_EQ(predict(model, {kNaN, kNaN, kNaN}), std::vector<float>{1 + 20});
}

TEST_F(OnnxRowsTest, AClassifiersScoreIsTheProbabilityOfTheSecondClass) {
  const OnnxRows model(write(stump_classifier(3, {{1, 0, -2, 3}})));
  const auto found = predict(model, {9, -1, 9, 9, 1, 9});
  EXPECT_NEAR(found[0], 1 / (1 + std::exp(2.0)), 1e-6);
  EXPECT_NEAR(found[1], 1 / (1 + std::exp(-3.0)), 1e-6);
}

TEST_F(OnnxRowsTest, ProbabilitiesAsMapsAreRefusedWithWhatToDo) {
  const std::string error = error_of(stump_classifier(3, kStumps, true));
  EXPECT_NE(error.find(" a sequence or map"), std::string::npos) << error;
  EXPECT_NE(error.find("zipmap=False"), std::string::npos) << error;
}

TEST_F(OnnxRowsTest, OtherShapesAreRefusedByWhatTheyDeclare) {
  const auto graph = [](ElementType type, std::vector<Dimension> in, int64_t outputs) {
    Graph made("other");
    const Value rows = made.input("X", type, std::move(in));
    const Value weights =
        made.constant(std::vector<float>(static_cast<size_t>(2 * outputs)), {2, outputs});
    const Value answer = type == ElementType::kFloat ? made.node("MatMul", {rows, weights}) : rows;
    made.output(answer, "Y", type, {"N", outputs});
    return made.to_bytes("0");
  };
  EXPECT_EQ(error_of(graph(ElementType::kFloat, {"N", int64_t{2}}, 1)), "");
  EXPECT_NE(error_of(graph(ElementType::kFloat, {"N", int64_t{2}}, 3)).find("Y float (?, 3)"),
            std::string::npos);
  EXPECT_NE(error_of(graph(ElementType::kFloat, {"N", "features"}, 1)).find("X float (?, ?)"),
            std::string::npos);
  EXPECT_NE(error_of(graph(ElementType::kInt64, {"N", int64_t{2}}, 2)).find("X int64"),
            std::string::npos);
  EXPECT_NE(error_of("no graph").find("model.onnx"), std::string::npos);
}

TEST_F(OnnxRowsTest, TheEndingSaysTheFormat) {
  EXPECT_EQ(open_row_model(write(stump_regressor(3, kStumps)))->num_features(), 3U);
  EXPECT_THROW(open_row_model(directory_.write("model.cbm", "CBM1")), Error);
  EXPECT_THROW(open_row_model(directory_ / "nowhere.onnx"), Error);
}

TEST_F(OnnxRowsTest, ARankerKnowsNoGainsOfIt) {
  const Dataset& data = colour_log().log.data;
  std::vector<HeadTrees> trees;
  trees.push_back({open_row_model(write(stump_regressor(3, kStumps))),
                   {"retrieval_rank", "history_length", "retrieval_score"}});
  const GbdtRanker ranker(RankingFeatures({.counters = false}, data, nullptr), {{"next", 1}},
                          std::move(trees));
  EXPECT_TRUE(ranker.importance(0).empty());
  OwnedRequest request;
  request.offer(3, 6);
  request.offer(4, 2);
  EXPECT_EQ(scores_of(ranker, {request}), (std::vector<float>{2 + 20, 2 + 10}));
}

}  // namespace
}  // namespace kaskad
