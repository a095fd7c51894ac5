#include <nlohmann/json.hpp>

#include "kaskad/core/file.h"
#include "kaskad/eval/results.h"
#include "kaskad/grid/grid.h"

namespace kaskad {

void write_grid_files(const std::string& directory, const GridResult& result,
                      const nlohmann::json& grid) {
  write_file(directory + "/grid.json", grid.dump(1));
  write_file(directory + "/advice.json", grid["advice"].dump(1));
  write_file(directory + "/recipe.toml",
             starting_recipe(result.advice, result.search.leaders.front(), result.facts));
  save_evaluation(directory + "/test", result.test);
  for (const BaselineResult& baseline : result.baselines) {
    save_evaluation(directory + "/baselines/" + baseline.name, baseline.test);
  }
}

}  // namespace kaskad
