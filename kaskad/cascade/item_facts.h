// What is known of a cascade's items: the features of a dataset, in the catalogue's ids. Read at
// loading by the rules, and by blending.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "kaskad/cascade/catalogue.h"
#include "kaskad/cascade/rule.h"
#include "kaskad/dataset/dataset.h"

namespace kaskad {

// Read-only, thread-safe.
class ItemFacts {
 public:
  // Without a dataset nothing is known of any item.
  ItemFacts(std::shared_ptr<const Dataset> dataset, const CascadeCatalogue& catalogue);

  const FeatureTable& table() const { return dataset_ ? dataset_->item_features() : nothing_; }
  size_t known() const { return ids_ ? ids_->known() : 0; }

  // (items of the catalogue) 1 where the rule holds. Throws Error as Rule::evaluate().
  std::vector<uint8_t> evaluate(const Rule& rule) const;

  // Null where there is no such feature.
  const CategoricalFeature* categorical(const std::string& name) const;
  const DenseFeature* dense(const std::string& name) const;

  // Empty where nothing is known of the item.
  std::span<const uint32_t> codes(const CategoricalFeature& feature, ItemId item) const;
  std::span<const float> values(const DenseFeature& feature, ItemId item) const;

  // Throws Error "found the unknown feature ...".
  [[noreturn]] void unknown_feature(const std::string& name) const;

 private:
  const std::shared_ptr<const Dataset> dataset_;
  const FeatureTable nothing_;
  const size_t num_items_;
  std::optional<IdTranslation> ids_;
};

}  // namespace kaskad
