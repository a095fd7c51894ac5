#include <nlohmann/json.hpp>

#include "kaskad/retrieval/bm25.h"
#include "kaskad/retrieval/popularity.h"
#include "tests/model/retriever_battery.h"
#include "tests/retrieval/all_of.h"
#include "tests/retrieval/ensemble_parts.h"
#include "tests/retrieval/group_model.h"

namespace kaskad {
namespace {

BatteryModel popularity(const std::string& name, const PopularityOptions& options) {
  const auto config = std::make_shared<std::string>();
  return {.name = name,
          .fit =
              [options](const Dataset& data) {
                return PopularityRetriever::fit(data, all_of(data, 129 * kDayMs), options);
              },
          .save =
              [config](const Retriever& model, const std::string& directory) {
                const auto& popularity = dynamic_cast<const PopularityRetriever&>(model);
                *config = popularity.config_json();
                popularity.save(directory);
              },
          .load = [config](const std::string& directory) -> std::unique_ptr<Retriever> {
            return PopularityRetriever::load(directory, *config);
          },
          .personal = false};
}

INSTANTIATE_TEST_SUITE_P(
    Popularity, RetrieverBattery,
    testing::Values(popularity("popularity", {}),
                    popularity("popularity_window_days", {.window_days = 7, .window_share = 0}),
                    popularity("popularity_window_share", {.window_days = 0, .window_share = 0.3})),
    battery_name);

BatteryModel bm25() {
  return {.name = "bm25",
          .fit = [](const Dataset& data) -> std::unique_ptr<Retriever> {
            return std::make_unique<Bm25Retriever>(data.item_features(), data.num_items(),
                                                   std::vector<std::string>{}, Bm25Options{});
          },
          .save =
              [](const Retriever& model, const std::string& directory) {
                dynamic_cast<const Bm25Retriever&>(model).save(directory);
              },
          .load = [](const std::string& directory) -> std::unique_ptr<Retriever> {
            return Bm25Retriever::load(directory, R"({"k1": 1.2, "b": 0.75})");
          },
          .personal = false};
}

INSTANTIATE_TEST_SUITE_P(Bm25, RetrieverBattery, testing::Values(bm25()), battery_name);

BatteryModel neural(const std::string& name, const NeuralConfig& config) {
  return {.name = name,
          .fit = [config](const Dataset&) { return group_model(config); },
          .save =
              [](const Retriever& model, const std::string& directory) {
                dynamic_cast<const NeuralRetriever&>(model).save(directory);
              },
          .load = [config](const std::string& directory) -> std::unique_ptr<Retriever> {
            return NeuralRetriever::load(directory, nlohmann::json(config).dump());
          }};
}

NeuralConfig with(void (*change)(NeuralConfig&)) {
  NeuralConfig config = group_config();
  change(config);
  return config;
}

INSTANTIATE_TEST_SUITE_P(
    Neural, RetrieverBattery,
    testing::Values(neural("neural", with([](NeuralConfig& c) { c.inputs.drop_unlearned = true; })),
                    neural("neural_begin",
                           with([](NeuralConfig& c) { c.inputs.begin_token = true; })),
                    neural("neural_gaps_fixed", with([](NeuralConfig& c) {
                             c.inputs.gaps = "gaps";
                             c.inputs.fixed_length = true;
                             c.inputs.drop_unlearned = true;
                           }))),
    battery_name);

BatteryModel ensemble() {
  const auto config = std::make_shared<std::string>();
  return {.name = "ensemble",
          .fit = [](const Dataset&) -> std::unique_ptr<Retriever> { return both(1, 0.2); },
          .save =
              [config](const Retriever& model, const std::string& directory) {
                const auto& saved = dynamic_cast<const Ensemble&>(model);
                *config = saved.config_json();
                saved.save(directory);
              },
          .load = [config](const std::string& directory) -> std::unique_ptr<Retriever> {
            register_neural();
            register_popularity();
            return Ensemble::load(directory, *config);
          }};
}

INSTANTIATE_TEST_SUITE_P(Ensemble, RetrieverBattery, testing::Values(ensemble()), battery_name);

}  // namespace
}  // namespace kaskad
