#include "kaskad/retrieval/ensemble.h"

#include <gtest/gtest.h>

#include <cmath>

#include "kaskad/core/error.h"
#include "tests/dataset/messages.h"
#include "tests/model/battery_log.h"
#include "tests/retrieval/ensemble_parts.h"

namespace kaskad {
namespace {

// p of a part that gives shares is its share of what lies outside the history.
TEST(Ensemble, EvidenceOfSharesByHand) {
  const auto model = both(1, 1);
  OwnedQuery query;
  query.take({2});
  std::vector<float> evidence(2 * kBatteryItems);
  model->score_parts(query.view(), evidence);
  const auto counts = group_popularity();
  double sum = 0;
  for (size_t item = 0; item < counts.size(); ++item) {
    if (item != 2) sum += static_cast<double>(counts[item]);
  }
  const auto popular = std::span(evidence).subspan(kBatteryItems);
  EXPECT_EQ(popular[2], 0);
  EXPECT_NEAR(popular[4], std::log1p(static_cast<double>(counts[4]) / sum / 1e-4), 1e-4);
}

// p of a part that scores every item is the softmax of its scores outside the history.
TEST(Ensemble, EvidenceOfScoresIsASoftmax) {
  const auto model = both(1, 1);
  OwnedQuery query;
  query.take({2, 4});
  std::vector<float> evidence(2 * kBatteryItems), scores(kBatteryItems);
  model->score_parts(query.view(), evidence);
  model->parts()[0].model->score_all(query.view(), scores);
  double sum = 0;
  for (size_t item = 0; item < scores.size(); ++item) {
    if (item != 2 && item != 4) sum += std::exp(static_cast<double>(scores[item]));
  }
  EXPECT_EQ(evidence[2], 0);
  EXPECT_NEAR(evidence[6], std::log1p(std::exp(scores[6]) / sum / 1e-4), 1e-4);
}

// So it is of a weighted sum of several parts, whose weights are fitted as those of logits.
TEST(Ensemble, EvidenceOfAFittedSumIsASoftmax) {
  const std::shared_ptr<const Ensemble> inner = both(1.5, 0.5);
  std::vector<EnsemblePart> parts;
  parts.push_back({.name = "inner", .kind = "ensemble", .model = inner});
  const Ensemble outer(std::move(parts), group_popularity());
  OwnedQuery query;
  query.take({2, 4});
  std::vector<float> evidence(kBatteryItems), scores(kBatteryItems);
  outer.score_parts(query.view(), evidence);
  inner->score_all(query.view(), scores);
  double sum = 0;
  for (size_t item = 0; item < scores.size(); ++item) {
    if (item != 2 && item != 4) sum += std::exp(static_cast<double>(scores[item]));
  }
  EXPECT_EQ(evidence[2], 0);
  EXPECT_NEAR(evidence[6], std::log1p(std::exp(scores[6]) / sum / 1e-4), 1e-4);
}

TEST(Ensemble, WeightsDecideWhoIsHeard) {
  OwnedQuery query;
  query.take({4, 6});
  const auto popular = both(0, 1), personal = both(1, 0);
  const auto first = retrieve_one(*popular, query, 5);
  OwnedQuery nobody;
  nobody.exclude = {ItemId{4}, ItemId{6}};
  const auto most_popular = retrieve_one(*popular->parts()[1].model, nobody, 5);
  for (size_t i = 0; i < first.size(); ++i) EXPECT_EQ(first[i].item, most_popular[i].item);
  for (const ScoredItem& scored : retrieve_one(*personal, query, 5)) {
    EXPECT_EQ(index(scored.item) % 2, 0u);  // the group of the history
  }
}

TEST(Ensemble, RefusesPartsOfOtherCatalogues) {
  std::vector<EnsemblePart> parts;
  parts.push_back(popularity_part(1));
  const std::string message =
      message_of([&] { Ensemble(std::move(parts), std::vector<uint64_t>(kBatteryItems + 1)); });
  EXPECT_TRUE(contains(message, "'popularity' knows " + std::to_string(kBatteryItems) + " items"));
}

TEST(Ensemble, AMissingKeyOfTheConfigIsNamed) {
  EXPECT_TRUE(contains(message_of([] { Ensemble::load("nowhere", "{}"); }), "parts"));
}

}  // namespace
}  // namespace kaskad
