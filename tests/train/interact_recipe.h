// A small InteractRank: its recipe, and one trained on the colour log for the ranker battery.
#pragma once

#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "kaskad/ranking/interact_ranker.h"
#include "kaskad/train/train_ranker.h"
#include "tests/model/ranker_battery.h"

namespace kaskad::train {

// `settings`: key, value.
inline Recipe interact_recipe(
    const std::vector<std::pair<std::string, std::string>>& settings = {}) {
  Recipe recipe = Recipe::defaults(ModelKind::kInteractRank);
  recipe.dimension = 8;
  recipe.max_history = 8;
  recipe.batch = 64;
  recipe.epochs = 8;
  recipe.patience = 8;
  recipe.dropout = 0;
  recipe.learning_rate = 0.01;
  recipe.init_std = 0.1;
  recipe.mask_width = recipe.mask_inner = 8;
  recipe.mask_blocks = 2;
  recipe.threads = 1;
  for (const auto& [key, value] : settings) recipe.set(key, value);
  return recipe;
}

// Trained once; each test of the battery loads it.
inline const TempDir& trained_colours(const Recipe& recipe) {
  static std::map<std::string, TempDir> trained;
  const auto [at, is_new] = trained.try_emplace(nlohmann::json(recipe).dump());
  if (is_new) {
    RankerTrainOptions options;
    options.directory = at->second / "run";
    train_ranker(colour_log().log.data, colour_log().log.directory.path(), recipe, options);
  }
  return at->second;
}

inline MadeRanker made_interact(const Recipe& recipe) {
  RankerBundle bundle = load_ranker_bundle(trained_colours(recipe) / "run/bundle");
  const std::shared_ptr<const Ranker> ranker = std::move(bundle.ranker);
  const auto& interact = dynamic_cast<const InteractRanker&>(*ranker);
  return {ranker, interact.config_json(), [ranker](const std::string& to) {
            dynamic_cast<const InteractRanker&>(*ranker).save(to);
          }};
}

}  // namespace kaskad::train
