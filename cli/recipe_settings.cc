#include "cli/recipe_settings.h"

#include "kaskad/core/error.h"
#include "kaskad/core/option_name.h"

namespace kaskad::cli {

void apply_settings(const std::vector<std::string>& settings, train::Recipe& recipe) {
  for (const std::string& setting : settings) {
    const size_t equals = setting.find('=');
    if (equals == std::string::npos || equals == 0) {
      throw Error(option_name("--set") + ": found '" + setting +
                  "', expected key=value, as in dropout=0.2");
    }
    try {
      recipe.set(setting.substr(0, equals), setting.substr(equals + 1));
    } catch (const Error& error) {
      throw Error(option_name("--set") + ", " + error.what());
    }
  }
}

}  // namespace kaskad::cli
