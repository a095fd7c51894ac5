// Features of a table by their names, which a cascade's file says.
#pragma once

#include <string>
#include <vector>

#include "kaskad/dataset/features.h"

namespace kaskad {

// Null where the table has none of that name and form.
const CategoricalFeature* find_categorical(const FeatureTable& table, const std::string& name);
const DenseFeature* find_dense(const FeatureTable& table, const std::string& name);
std::vector<std::string> feature_names(const FeatureTable& table);

}  // namespace kaskad
