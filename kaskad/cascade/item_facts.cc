#include "kaskad/cascade/item_facts.h"

#include "kaskad/cascade/named_features.h"
#include "kaskad/core/error.h"
#include "kaskad/core/nearest_name.h"

namespace kaskad {

ItemFacts::ItemFacts(std::shared_ptr<const Dataset> dataset, const CascadeCatalogue& catalogue)
    : dataset_(std::move(dataset)), num_items_(catalogue.size()) {
  if (dataset_) ids_.emplace(catalogue, dataset_->items());
}

std::vector<uint8_t> ItemFacts::evaluate(const Rule& rule) const {
  const std::vector<uint8_t> rows = rule.evaluate(table());
  std::vector<uint8_t> holds(num_items_, rule.of_unknown() ? 1 : 0);
  for (uint32_t item = 0; ids_ && item < num_items_; ++item) {
    const ItemId row = ids_->to_own(ItemId{item});
    if (row != kNoItem) holds[item] = rows[index(row)];
  }
  return holds;
}

const CategoricalFeature* ItemFacts::categorical(const std::string& name) const {
  return find_categorical(table(), name);
}

const DenseFeature* ItemFacts::dense(const std::string& name) const {
  return find_dense(table(), name);
}

std::span<const uint32_t> ItemFacts::codes(const CategoricalFeature& feature, ItemId item) const {
  const ItemId row = ids_ ? ids_->to_own(item) : kNoItem;
  if (row == kNoItem) return {};
  const uint64_t begin = feature.offsets[index(row)], end = feature.offsets[index(row) + 1];
  return feature.codes.subspan(begin, end - begin);
}

std::span<const float> ItemFacts::values(const DenseFeature& feature, ItemId item) const {
  const ItemId row = ids_ ? ids_->to_own(item) : kNoItem;
  if (row == kNoItem) return {};
  return feature.values.subspan(index(row) * feature.dimension, feature.dimension);
}

void ItemFacts::unknown_feature(const std::string& name) const {
  throw Error("found the unknown feature '" + name + "', expected " +
              one_of(feature_names(table()), name));
}

}  // namespace kaskad
