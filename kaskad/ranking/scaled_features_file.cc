#include "kaskad/ranking/scaled_features_file.h"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "kaskad/core/error.h"
#include "kaskad/core/file.h"

namespace kaskad {
namespace {

constexpr const char* kScalerFile = "/scaler.json";

}  // namespace

std::shared_ptr<const ScaledFeatures> load_scaled_features(const std::string& directory) {
  const std::string path = directory + kScalerFile;
  if (!std::filesystem::exists(path)) return nullptr;
  FeatureScaler scaler;
  try {
    nlohmann::json::parse(read_file(path)).get_to(scaler);
  } catch (const nlohmann::json::exception& fault) {
    throw data_error(path, 0, "", fault.what(), "the scale of a neural ranker's features");
  }
  auto features = RankingFeatures::load(directory);
  if (scaler.num_columns() != features.columns().size()) {
    throw data_error(path, 0, "", std::to_string(scaler.num_columns()) + " columns",
                     std::to_string(features.columns().size()) + ", as in features.json");
  }
  return std::make_shared<ScaledFeatures>(std::move(features), std::move(scaler));
}

void save_scaled_features(const std::string& directory, const ScaledFeatures* features) {
  if (features == nullptr) return;
  write_file(directory + kScalerFile, nlohmann::json(features->scaler).dump() + "\n");
  features->features.save(directory);
}

}  // namespace kaskad
