#include "kaskad/core/error.h"
#include "kaskad/train/bert4rec.h"
#include "kaskad/train/sasrec.h"
#include "kaskad/train/two_tower.h"

namespace kaskad::train {

std::shared_ptr<SequenceModel> make_model(const Recipe& recipe, const Dataset& dataset) {
  const FeatureTable& features = dataset.item_features();
  if (recipe.item_features && features.empty()) {
    throw Error("item_features: the recipe asks for them, but the dataset '" + dataset.directory() +
                "' has no features of items");
  }
  if (recipe.time_features && dataset.time_kind() != TimeKind::kClock) {
    throw Error("time_features: the recipe asks for them, but the dataset '" + dataset.directory() +
                "' has an order of events and no clock");
  }
  const Catalogue catalogue{static_cast<int64_t>(dataset.num_items()),
                            recipe.item_features ? &features : nullptr};
  switch (recipe.model) {
    case ModelKind::kSasrec:
      return std::make_shared<Sasrec>(recipe, catalogue);
    case ModelKind::kBert4rec:
      return std::make_shared<Bert4rec>(recipe, catalogue);
    case ModelKind::kTwoTower:
      return std::make_shared<TwoTower>(recipe, catalogue);
  }
  KASKAD_ASSERT(!"a kind of model without a class");
  return nullptr;
}

}  // namespace kaskad::train
