#include "kaskad/core/error.h"
#include "kaskad/train/bert4rec.h"
#include "kaskad/train/sasrec.h"
#include "kaskad/train/two_tower.h"

namespace kaskad::train {

std::shared_ptr<SequenceModel> make_model(const Recipe& recipe, const Dataset& dataset,
                                          Group* group) {
  const FeatureTable& features = dataset.item_features();
  if (recipe.item_features && features.empty()) {
    throw Error("item_features: the recipe asks for them, but the dataset '" + dataset.directory() +
                "' has no features of items");
  }
  if ((recipe.time_features || recipe.clock_features) && dataset.time_kind() != TimeKind::kClock) {
    throw Error(std::string(recipe.time_features ? "time_features" : "clock_features") +
                ": the recipe asks for them, but the dataset '" + dataset.directory() +
                "' has an order of events and no clock");
  }
  const FeatureTable& users = dataset.user_features();
  if (recipe.user_features && users.empty()) {
    throw Error("user_features: the recipe asks for them, but the dataset '" + dataset.directory() +
                "' has no features of users");
  }
  const ModelCatalogue catalogue{.num_items = static_cast<int64_t>(dataset.num_items()),
                                 .features = recipe.item_features ? &features : nullptr,
                                 .users = recipe.user_features ? &users : nullptr,
                                 .group = group};
  switch (recipe.model) {
    case ModelKind::kSasrec:
      return std::make_shared<Sasrec>(recipe, catalogue);
    case ModelKind::kBert4rec:
      return std::make_shared<Bert4rec>(recipe, catalogue);
    case ModelKind::kTwoTower:
      return std::make_shared<TwoTower>(recipe, catalogue);
    default:
      throw Error("recipe, key 'model': found \"" + to_string(recipe.model) +
                  "\", which ranks candidates: `kaskad train-ranker neural` trains it");
  }
}

}  // namespace kaskad::train
