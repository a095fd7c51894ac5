#include "kaskad/train/rank/list_writers.h"

#include <algorithm>

#include "kaskad/ranking/list_requests.h"

namespace kaskad::train {
namespace {

std::vector<uint8_t> learned_items(const Dataset& dataset, const Impressions& train) {
  std::vector<uint8_t> learned(dataset.num_items(), 0);
  const auto known_end = train.known_end();
  for (uint32_t user = 0; user < known_end.size(); ++user) {
    const History history = dataset.history(UserId{user});
    for (const ItemId item : history.items.first(known_end[user])) learned[index(item)] = 1;
  }
  for (size_t number = 0; number < train.size(); ++number) {
    for (const ItemId item : train.list(number).items) {
      if (index(item) < learned.size()) learned[index(item)] = 1;
    }
  }
  return learned;
}

NeuralInputs inputs_of(const Dataset& dataset, const Recipe& recipe) {
  const auto most = static_cast<size_t>(recipe.max_history);
  const bool clock = dataset.time_kind() == TimeKind::kClock;
  // What was encoded of a causal history is extended, so its beginning should stay for a while.
  const bool extended = recipe.model == ModelKind::kAmortized && recipe.causal;
  return {.max_history = most,
          .hop = extended ? std::max<size_t>(1, most / 4) : 1,
          .gaps = clock && recipe.model != ModelKind::kInteractRank,
          .ages = clock && recipe.model == ModelKind::kInteractRank && recipe.time_embedding,
          .actions = recipe.history_actions ? dataset.action_names() : std::vector<std::string>()};
}

QuerySideOptions query_options(const Recipe& recipe) {
  return {.tokens = recipe.query_tokens,
          .queries = recipe.query_ids,
          .users = recipe.user_features,
          .clock = recipe.clock_features};
}

FeatureScaler learn_scale(const RankingFeatures& features, const Dataset& dataset,
                          const Impressions& lists) {
  constexpr size_t kRows = 100'000;
  const size_t step = std::max<size_t>(1, lists.num_candidates() / kRows);
  std::vector<float> rows;
  for (size_t l = 0; l < lists.size(); l += step) {
    const ImpressionList list = lists.list(l);
    const size_t begin = rows.size();
    rows.resize(begin + list.size() * features.columns().size());
    features.compute(request_of(dataset, list), std::span(rows).subspan(begin));
  }
  return {features.columns(), rows};
}

}  // namespace

ListWriters::ListWriters(const Dataset& dataset, const Impressions& train,
                         const Impressions& validation, const Impressions& test,
                         const Recipe& recipe, const CountedLists* counters)
    : inputs_(inputs_of(dataset, recipe)), learned_(learned_items(dataset, train)) {
  if (recipe.ranking_features) {
    RankingFeatures of_train = features_as_of(train, dataset, {});
    const FeatureScaler scaler = learn_scale(of_train, dataset, train);
    const auto scaled = [&](RankingFeatures features) {
      return std::make_shared<const ScaledFeatures>(std::move(features), scaler);
    };
    train_features_ = scaled(std::move(of_train));
    validation_features_ = scaled(features_as_of(validation, dataset, {}));
    service_features_ = scaled(features_as_of(test, dataset, {}));
  }
  if (recipe.model == ModelKind::kInteractRank) {
    query_side_ = QuerySide::learn(dataset, train, query_options(recipe));
  }
  const auto writer = [&](const std::shared_ptr<const ScaledFeatures>& features,
                          const CrossCounters* of_part) {
    return std::make_unique<RequestWriter>(inputs_, learned_, features.get(), of_part,
                                           query_side());
  };
  train_ = writer(train_features_, counters ? &counters->train_scale() : nullptr);
  validation_ = writer(validation_features_, counters ? &counters->validation() : nullptr);
  service_ = writer(service_features_, counters ? &counters->service() : nullptr);
}

}  // namespace kaskad::train
