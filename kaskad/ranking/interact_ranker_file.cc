// A ranker of the kind interact_rank as files (interact_ranker.h lists them).
#include <filesystem>
#include <nlohmann/json.hpp>

#include "kaskad/core/error.h"
#include "kaskad/core/file.h"
#include "kaskad/core/npy.h"
#include "kaskad/ranking/interact_ranker.h"
#include "kaskad/ranking/scaled_features_file.h"

namespace kaskad {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* kQueryFile = "/query.onnx";
constexpr const char* kItemFile = "/item.onnx";
constexpr const char* kVectorsFile = "/vectors.npy";
constexpr const char* kLearnedNpy = "/learned.npy";
constexpr const char* kAffineFile = "/affine.json";
constexpr const char* kCountersFolder = "/counters";

}  // namespace

void to_json(json& out, const InteractConfig& config) {
  out = {{"max_history", config.inputs.max_history},
         {"ages", config.inputs.ages},
         {"dimension", config.dimension},
         {"retrieval_scores", config.retrieval_scores}};
  if (!config.inputs.actions.empty()) out["actions"] = config.inputs.actions;
}

void from_json(const json& root, InteractConfig& config) {
  try {
    root.at("max_history").get_to(config.inputs.max_history);
    root.at("ages").get_to(config.inputs.ages);
    root.at("dimension").get_to(config.dimension);
    root.at("retrieval_scores").get_to(config.retrieval_scores);
    config.inputs.actions = root.value("actions", std::vector<std::string>());
  } catch (const json::exception& fault) {
    throw Error(std::string("the config of a ranker of the kind interact_rank: ") + fault.what());
  }
  if (config.inputs.max_history == 0 || config.dimension == 0) {
    throw Error("the config of a ranker of the kind interact_rank: found 0 as " +
                std::string(config.dimension == 0 ? "'dimension'" : "'max_history'"));
  }
}

std::string InteractRanker::config_json() const { return json(config_).dump(); }

void InteractRanker::save(const std::string& directory) const {
  write_file(directory + kQueryFile, parts_.query);
  write_file(directory + kItemFile, parts_.item);
  write_npy(directory + kVectorsFile, std::span(vectors_.data(), vectors_.size()),
            {parts_.learned.size() + 1, config_.dimension});
  write_npy(directory + kLearnedNpy, parts_.learned);
  json merge = json::array();
  for (const Head& head : heads_) merge.push_back({{"head", head.name}, {"weight", head.weight}});
  write_file(directory + kAffineFile, json{{"weights", parts_.affine.weights},
                                           {"biases", parts_.affine.biases},
                                           {"merge", merge},
                                           {"counters", parts_.counter_scale}}
                                              .dump(1) +
                                          "\n");
  parts_.query_side.save(directory);
  save_scaled_features(directory, parts_.features.get());
  if (parts_.counters) {
    fs::copy(parts_.counters->directory(), directory + kCountersFolder,
             fs::copy_options::recursive);
  }
}

std::unique_ptr<InteractRanker> InteractRanker::load(const std::string& directory,
                                                     const std::string& config_json,
                                                     const std::vector<Head>& heads) {
  InteractConfig config;
  InteractParts parts;
  const std::string path = directory + kAffineFile;
  try {
    json::parse(config_json).get_to(config);
    const json affine = json::parse(read_file(path));
    affine.at("weights").get_to(parts.affine.weights);
    affine.at("biases").get_to(parts.affine.biases);
    affine.at("counters").get_to(parts.counter_scale);
  } catch (const json::exception& fault) {
    throw data_error(path, 0, "", fault.what(), "weights, biases, counters");
  }
  parts.query = read_file(directory + kQueryFile);
  parts.item = read_file(directory + kItemFile);
  const NpyFile<float> vectors(directory + kVectorsFile);
  parts.vectors.assign(vectors.values().begin(), vectors.values().end());
  const NpyFile<uint8_t> learned(directory + kLearnedNpy);
  parts.learned.assign(learned.values().begin(), learned.values().end());
  parts.query_side = QuerySide::load(directory);
  parts.features = load_scaled_features(directory);
  if (fs::exists(directory + kCountersFolder)) {
    parts.counters =
        std::make_shared<const CounterStore>(CounterStore::open(directory + kCountersFolder));
  }
  return std::make_unique<InteractRanker>(config, std::move(parts), heads);
}

void register_interact_ranker() {
  register_ranker("interact_rank",
                  [](const std::string& directory, const std::string& config_json,
                     const std::vector<Head>& heads) -> std::unique_ptr<Ranker> {
                    return InteractRanker::load(directory, config_json, heads);
                  });
}

}  // namespace kaskad
