#include "kaskad/cascade/named_features.h"

namespace kaskad {

const CategoricalFeature* find_categorical(const FeatureTable& table, const std::string& name) {
  for (const CategoricalFeature& feature : table.categorical) {
    if (feature.name == name) return &feature;
  }
  return nullptr;
}

const DenseFeature* find_dense(const FeatureTable& table, const std::string& name) {
  for (const DenseFeature& feature : table.dense) {
    if (feature.name == name) return &feature;
  }
  return nullptr;
}

std::vector<std::string> feature_names(const FeatureTable& table) {
  std::vector<std::string> names;
  for (const CategoricalFeature& feature : table.categorical) names.push_back(feature.name);
  for (const DenseFeature& feature : table.dense) names.push_back(feature.name);
  return names;
}

}  // namespace kaskad
