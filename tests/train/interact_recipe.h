// The recipe of a small InteractRank.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "kaskad/recipe/recipe.h"

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

}  // namespace kaskad::train
