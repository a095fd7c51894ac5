// The Retriever of every model whose graph turns a history into a vector: ours from training, or a
// user's own ONNX file. score = <user vector, item vector>. Registered as the kind "neural".
//   user.onnx       history -> (batch, dimension)
//   items.npy       (items, dimension) float32
//   popularity.npy  (items) uint64: fills up what is missing
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "kaskad/core/npy.h"
#include "kaskad/model/retriever.h"
#include "kaskad/onnx/session.h"
#include "kaskad/retrieval/vector_index.h"

namespace kaskad {

// How a history is written into the inputs of user.onnx; part of the manifest's config.
struct HistoryInputs {
  std::string tokens = "history";  // int64 (batch, length): item + 1, the newest last, 0 pads left
  std::string gaps;                // int64 (batch, length): bucket of the time since the event
                                   // before (gap_bucket() of dataset/time_gap.h); empty: not asked
  size_t max_history = 200;        // newest events taken
  bool begin_token = false;        // num_items + 1 in front of histories shorter than max_history
  bool fixed_length = false;       // always padded to max_history; else to the longest of the batch
};

struct NeuralConfig {
  std::string architecture;  // "sasrec", or whatever its author calls it
  size_t dimension = 64;
  HistoryInputs inputs;
  std::string output = "user";
  IndexKind index = IndexKind::kExact;
  double recall = 0.98;
};

void to_json(nlohmann::json& json, const NeuralConfig& config);
void from_json(const nlohmann::json& json, NeuralConfig& config);  // throws Error naming the key

}  // namespace kaskad
