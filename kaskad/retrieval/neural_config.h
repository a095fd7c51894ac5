// How a neural model is asked: the names and forms of the inputs of its user.onnx, and how its
// items are searched. Part of the manifest's config; read by NeuralRetriever and by those who write
// its files.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "kaskad/retrieval/vector_index.h"

namespace kaskad {

// How a history is written into the inputs of user.onnx.
struct HistoryInputs {
  std::string tokens = "history";  // int64 (batch, length): item + 1, the newest last, 0 pads left
  std::string gaps;                // int64 (batch, length): bucket of the time since the event
                                   // before (dataset/time_gap.h); empty: not asked
  size_t max_history = 200;        // newest events taken
  bool begin_token = false;        // num_items + 1 in front of histories shorter than max_history
  bool fixed_length = false;       // always padded to max_history; else to the longest of the batch
  bool drop_unlearned = false;     // items without learned events are left out of histories: for
                                   // models that know items by their id alone
};

// What else is asked of user.onnx, one row a user; an empty name is not asked.
struct UserInputs {
  std::string codes;  // int64 (batch, places): categorical features as FeatureSchema numbers them,
                      // 0 fills rows up
  std::string numbers;  // float (batch, FeatureSchema::num_numbers()), NaN where unknown
  std::string clock;    // int64 (batch, 2): hour and weekday of the request (clock_codes.h)

  bool features() const { return !codes.empty() || !numbers.empty(); }
};

struct NeuralConfig {
  std::string architecture;  // "sasrec", or whatever its author calls it
  size_t dimension = 64;
  HistoryInputs inputs;
  UserInputs user;
  std::string output = "user";  // float (batch, dimension)
  IndexKind index = IndexKind::kExact;
  double recall = 0.98;  // that an approximate index must reach
};

void to_json(nlohmann::json& json, const NeuralConfig& config);
// Fields that are missing keep their default. Throws Error naming the key that is unknown or holds
// something else than expected; "recipe", the record of training, may hold anything.
void from_json(const nlohmann::json& json, NeuralConfig& config);

}  // namespace kaskad
