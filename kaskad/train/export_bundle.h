// From a trained model to a bundle: ONNX graph, item vectors, parity, histories, figures. What
// leaves here needs no libtorch any more. Called by train.h.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "kaskad/dataset/split.h"
#include "kaskad/recipe/recipe.h"
#include "kaskad/retrieval/neural.h"
#include "kaskad/train/parity.h"
#include "kaskad/train/sequence_model.h"

namespace kaskad::train {

// The model as it will be served, still in memory.
struct ExportedModel {
  std::unique_ptr<NeuralRetriever> retriever;
  ParityReport parity;
};

// `model` lies on the CPU. Compares the graph with the model on histories of all lengths and throws
// Error when they differ by more than kParityTolerance. `fit_end` (users) is what was learned;
// `scratch` a folder that may be made and is removed again.
ExportedModel export_model(SequenceModel& model, const Recipe& recipe, const Dataset& dataset,
                           const std::vector<uint32_t>& fit_end, const std::string& scratch);

// Stored histories reach to `phase`; `metrics_json` is shown by the server.
void write_neural_bundle(const std::string& directory, const ExportedModel& exported,
                         const Recipe& recipe, const Dataset& dataset, const Split& split,
                         const Phase& phase, const std::string& metrics_json);

nlohmann::json to_json(const ParityReport& report);  // parity.json

std::string torch_version();

}  // namespace kaskad::train
