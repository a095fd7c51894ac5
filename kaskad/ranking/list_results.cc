#include "kaskad/ranking/list_results.h"

#include <nlohmann/json.hpp>

#include "kaskad/core/file.h"
#include "kaskad/core/npy.h"

namespace kaskad {

using nlohmann::json;

void save_list_results(const std::string& directory, const ListResults& results) {
  const ListEvaluation& evaluation = results.evaluation;
  json out = to_json(evaluation);
  out["lists_hash"] = results.lists_hash;
  for (const MetricResult& metric : evaluation.metrics) out["columns"].push_back(metric.name);
  const size_t columns = evaluation.metrics.size();
  KASKAD_ASSERT(columns > 0 && evaluation.values.size() % columns == 0);
  StagedDirectory staged(directory);
  write_file(staged.file("evaluation.json"), out.dump(1) + "\n");
  write_npy(staged.file("values.npy"), evaluation.values,
            {evaluation.values.size() / columns, columns});
  staged.commit();
}

ListResults load_list_results(const std::string& directory) {
  const std::string path = directory + "/evaluation.json";
  ListResults results;
  ListEvaluation& evaluation = results.evaluation;
  try {
    const json saved = json::parse(read_file(path));
    saved.at("ranker").get_to(evaluation.ranker);
    saved.at("seconds").get_to(evaluation.seconds);
    saved.at("lists_hash").get_to(results.lists_hash);
    for (const std::string name : saved.at("columns")) {
      const json& figure = saved.at("metrics").at(name);
      evaluation.metrics.push_back({name,
                                    saved.at("definitions").at(name),
                                    {figure.at("value"), figure.at("low"), figure.at("high")}});
    }
  } catch (const json::exception& fault) {
    throw data_error(path, 0, "", fault.what(), "what save_list_results() writes");
  }
  const NpyFile<double> values(directory + "/values.npy");
  const auto& shape = values.shape();
  if (shape.size() != 2 || shape[1] != evaluation.metrics.size()) {
    throw data_error(
        values.path(), 0, "", std::to_string(values.size()) + " values",
        "a row a list, " + std::to_string(evaluation.metrics.size()) + " metrics each");
  }
  evaluation.values.assign(values.values().begin(), values.values().end());
  return results;
}

}  // namespace kaskad
