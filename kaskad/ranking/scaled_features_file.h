// Features of candidates with their scale, as neural rankers keep them in a bundle: scaler.json
// beside what RankingFeatures saves. Private to kaskad/ranking/.
#pragma once

#include <memory>
#include <string>

#include "kaskad/ranking/neural_inputs.h"

namespace kaskad {

// Null where there is no scaler.json. Throws Error when the two do not fit.
std::shared_ptr<const ScaledFeatures> load_scaled_features(const std::string& directory);
// Writes nothing where `features` is null.
void save_scaled_features(const std::string& directory, const ScaledFeatures* features);

}  // namespace kaskad
