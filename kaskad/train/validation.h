// How good a model is between epochs: the questions of the validation phase put to the full
// catalogue, with the metrics of kaskad/eval. Called by the trainer.
#pragma once

#include "kaskad/dataset/feature_schema.h"
#include "kaskad/dataset/split.h"
#include "kaskad/eval/metrics.h"
#include "kaskad/train/sequence_model.h"
#include "kaskad/train/validation_figures.h"

namespace kaskad::train {

// Not thread-safe. Dataset and split must outlive it.
class Validation {
 public:
  // A sample of at most recipe.max_validation_users questions of the first validation phase, the
  // same for the same seed. Throws Error when it asks nothing.
  Validation(const Dataset& dataset, const Split& split, const Recipe& recipe);

  // All at 10. Beside accuracy (ndcg, hit_rate) what shows popularity bias: how popular the
  // recommended items are, which share of the catalogue they are (coverage), how unevenly they are
  // spread (gini). The model lies on `device`; it comes back in the mode (train or eval) that it
  // had. A collective call where the model has shards().
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
