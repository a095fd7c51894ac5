// What --set says of a recipe. For the verbs that train.
#pragma once

#include <string>
#include <vector>

#include "kaskad/recipe/recipe.h"

namespace kaskad::cli {

// "key=value" each, into the recipe. Throws Error naming the setting.
void apply_settings(const std::vector<std::string>& settings, train::Recipe& recipe);

}  // namespace kaskad::cli
