// Two parts that know the battery's log: the groups written by hand, and popularity.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "kaskad/retrieval/ensemble.h"
#include "kaskad/retrieval/popularity.h"
#include "tests/retrieval/all_of.h"
#include "tests/retrieval/group_model.h"

namespace kaskad {

inline EnsemblePart neural_part(double weight) {
  NeuralConfig config = group_config();
  config.inputs.drop_unlearned = true;
  const std::shared_ptr<const NeuralRetriever> model = group_model(config);
  return {"neural", "neural", model->config_json(),
          weight,   model,    [model](const std::string& directory) { model->save(directory); }};
}

inline EnsemblePart popularity_part(double weight) {
  const std::shared_ptr<const PopularityRetriever> model = PopularityRetriever::fit(
      battery_dataset(), all_of(battery_dataset(), 129 * kDayMs), PopularityOptions());
  return {"popularity",
          "popularity",
          model->config_json(),
          weight,
          model,
          [model](const std::string& directory) { model->save(directory); }};
}

inline std::unique_ptr<Ensemble> both(double neural, double popularity) {
  std::vector<EnsemblePart> parts;
  parts.push_back(neural_part(neural));
  parts.push_back(popularity_part(popularity));
  return std::make_unique<Ensemble>(std::move(parts), group_popularity());
}

}  // namespace kaskad
