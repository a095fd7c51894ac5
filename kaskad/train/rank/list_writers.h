// How the requests of stored lists are written for a neural ranker: one writer a part of the lists,
// since counters are as of the part's own moment, all on the scale that the training lists give.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kaskad/dataset/impressions.h"
#include "kaskad/ranking/neural_inputs.h"
#include "kaskad/recipe/recipe.h"
#include "kaskad/train/rank/list_counters.h"

namespace kaskad::train {

// The dataset must outlive it.
class ListWriters {
 public:
  // `test` says what may be known once the ranker is in service.
  // `counters` null: none.
  ListWriters(const Dataset& dataset, const Impressions& train, const Impressions& validation,
              const Impressions& test, const Recipe& recipe,
              const CountedLists* counters = nullptr);
  ListWriters(const ListWriters&) = delete;

  const RequestWriter& train() const { return *train_; }
  const RequestWriter& validation() const { return *validation_; }
  const RequestWriter& service() const { return *service_; }

  const NeuralInputs& inputs() const { return inputs_; }
  // (items): met in a history that training may see, or as a candidate.
  const std::vector<uint8_t>& learned() const { return learned_; }
  // Null where the recipe asks for none.
  std::shared_ptr<const ScaledFeatures> service_features() const { return service_features_; }
  std::shared_ptr<const ScaledFeatures> validation_features() const { return validation_features_; }
  // What a query tower sees; null where the model has none.
  const QuerySide* query_side() const { return query_side_ ? &*query_side_ : nullptr; }

 private:
  const NeuralInputs inputs_;
  const std::vector<uint8_t> learned_;
  std::optional<QuerySide> query_side_;
  std::shared_ptr<const ScaledFeatures> train_features_, validation_features_, service_features_;
  std::unique_ptr<RequestWriter> train_, validation_, service_;
};

}  // namespace kaskad::train
