// Where a split cuts, for people and as JSON.
#include <nlohmann/json.hpp>

#include "kaskad/dataset/describe.h"
#include "kaskad/dataset/split.h"

namespace kaskad {

std::string describe_cuts(const Split& split) {
  if (!split.test.cut) return "";
  std::string text = "test from " + iso_time(*split.test.cut) + ", validation from ";
  for (size_t window = 0; window < split.validations.size(); ++window) {
    text += (window > 0 ? ", " : "") + iso_time(*split.validations[window].cut);
  }
  return text;
}

nlohmann::json phases_json(const Split& split) {
  nlohmann::json phases = nlohmann::json::object();
  const auto add = [&](const Phase& phase) {
    nlohmann::json& entry = phases[phase.name];
    entry = {{"cases", phase.cases.size()}, {"cut", nullptr}};
    if (!phase.cut) return;
    entry["cut"] = iso_time(*phase.cut);
    entry["cut_ms"] = *phase.cut;
  };
  add(split.test);
  for (const Phase& phase : split.validations) add(phase);
  return phases;
}

}  // namespace kaskad
