#include "kaskad/model/golden.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/dataset/messages.h"

namespace kaskad {
namespace {

// Answers with two items whose scores the test sets.
class TwoScores : public Retriever {
 public:
  TwoScores(float first, float second) : scores_{first, second} {}

  std::string kind() const override { return "two"; }
  size_t num_items() const override { return 2; }
  void retrieve(std::span<const Query>, size_t k, std::span<ScoredItem> out) const override {
    for (size_t i = 0; i < k; ++i)
      out[i] = i < 2 ? ScoredItem{ItemId(i), scores_[i]} : ScoredItem{};
  }
  void score_all(const Query&, std::span<float> scores) const override {
    std::copy(scores_, scores_ + 2, scores.begin());
  }

 private:
  float scores_[2];
};

// What is said of a model with other scores than those of the bundle.
std::string verdict(const TwoScores& written, const TwoScores& loaded) {
  std::vector<GoldenRequest> requests(1);
  answer_golden(written, {}, requests);
  return message_of([&] { verify_golden(loaded, requests, {}, "bundle"); });
}

constexpr const char* kFine = "(nothing was thrown)";

TEST(Golden, ToleranceIsOfTheLargestScoreHoweverSmall) {
  EXPECT_EQ(verdict({2e-6f, 1e-6f}, {2e-6f, 1e-6f}), kFine);
  EXPECT_EQ(verdict({2e-6f, 1e-6f}, {2e-6f, 1.0001e-6f}), kFine);  // 1e-10 of 2e-6 is half 1e-4
  EXPECT_TRUE(contains(verdict({2e-6f, 1e-6f}, {2e-6f, 1.1e-6f}),
                       "item 1 with score 1.1e-06 at rank 2 of golden request 0"));
  EXPECT_TRUE(contains(verdict({2e-6f, 1e-6f}, {4e-6f, 2e-6f}), "at rank 1"));
  EXPECT_EQ(verdict({200, 1e-3f}, {200, 2e-3f}), kFine);  // next to 200 that is nothing
  EXPECT_TRUE(contains(verdict({0, 0}, {1e-9f, 0}), "at rank 1"));
}

TEST(Golden, AQueryIsKeptAndOlderBundlesHaveNone) {
  std::vector<GoldenRequest> requests(2);
  requests[1].query = "Red shoes";
  nlohmann::json list = golden_to_json(requests);
  EXPECT_FALSE(list[0].contains("query"));
  const std::vector<GoldenRequest> read = golden_from_json(list);
  EXPECT_EQ(read[0].query, "");
  EXPECT_EQ(read[1].query, "Red shoes");
}

}  // namespace
}  // namespace kaskad
