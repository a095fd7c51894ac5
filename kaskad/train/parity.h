// Does the ONNX file say what the model says? Asked at every export, on histories of the lengths at
// which such files go wrong. Called by the trainer's export and by tests.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kaskad/dataset/feature_schema.h"
#include "kaskad/recipe/recipe.h"
#include "kaskad/train/sequence_model.h"

namespace kaskad::train {

struct ParityCase {
  std::string name;       // "one item"
  int64_t events = 0;     // in the history, the special token not counted
  double difference = 0;  // largest absolute difference of a place of the user's vector
};

struct ParityReport {
  std::vector<ParityCase> cases;

  double worst() const;
  std::string to_string() const;  // one line a case
};

// What an export may differ by.
inline constexpr double kParityTolerance = 1e-4;

// Runs the file beside the model (in eval mode while it lasts) on histories that are empty, of one
// item, short, just as long as max_history, and longer, drawn from `recipe.seed`; likewise on users
// of whom nothing to everything is known.
ParityReport measure_parity(SequenceModel& model, const Recipe& recipe, const FeatureSchema& users,
                            const std::string& path);

// Throws Error with the whole report when a difference is above `tolerance` or not a number.
void require_parity(const ParityReport& report, double tolerance = kParityTolerance);

}  // namespace kaskad::train
