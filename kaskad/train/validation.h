// How good a model is between epochs: the questions of the validation phase put to the full
// catalogue, with the metrics of kaskad/eval. Called by the trainer.
#pragma once

#include <cstddef>

#include "kaskad/dataset/feature_schema.h"
#include "kaskad/dataset/split.h"
#include "kaskad/eval/metrics.h"
#include "kaskad/train/sequence_model.h"

namespace kaskad::train {

// All at 10. Beside accuracy what shows popularity bias: how popular the recommended items are,
// which share of the catalogue they are, how unevenly they are spread.
struct ValidationFigures {
  double ndcg = 0, hit_rate = 0;
  double popularity = 0, coverage = 0, gini = 0;
  size_t cases = 0;
};

// Not thread-safe. Dataset and split must outlive it.
class Validation {
 public:
  // A sample of at most recipe.max_validation_users questions of the first validation phase, the
  // same for the same seed. Throws Error when it asks nothing.
  Validation(const Dataset& dataset, const Split& split, const Recipe& recipe);

  // The model lies on `device`; it comes back in the mode (train or eval) that it had.
  ValidationFigures operator()(SequenceModel& model, const torch::Device& device) const;

  const Phase& phase() const { return phase_; }

 private:
  const Dataset& dataset_;
  const Split& split_;
  const Recipe recipe_;
  const FeatureSchema users_;
  Phase phase_;
  Catalogue catalogue_;
  std::vector<Metric> metrics_;
};

}  // namespace kaskad::train
