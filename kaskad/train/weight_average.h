// A moving average of the weights along the steps (Polyak and Juditsky 1992): with a constant rate
// the weights of single steps circle around what they are the noisy measure of. Called by the
// learner; what is validated, kept as the best and exported is the average.
#pragma once

#include <string>
#include <vector>

#include "kaskad/train/adam.h"
#include "kaskad/train/safetensors.h"

namespace kaskad::train {

// Not thread-safe.
class WeightAverage {
 public:
  // Begins at the weights that `adam` learns. `decay` in [0, 1) is the share of the average that a
  // step leaves; 0: there is no average, and nothing below does anything.
  WeightAverage(const Adam& adam, double decay);

  // After step `steps`, 1 is the first. Early steps leave less than `decay`, (1 + t) / (10 + t)
  // after t, so that the beginning is soon forgotten.
  void update(int64_t steps);

  // While it lives the model holds the average, its own weights after that.
  class Use {
   public:
    explicit Use(WeightAverage& average) : average_(average) { average_.exchange(); }
    ~Use() { average_.exchange(); }
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;

   private:
    WeightAverage& average_;
  };

  // The model's weights and the average change places.
  void exchange();

  // As "average.NAME"; load() throws Error naming what is missing or of another shape.
  void add_to(NamedTensors& tensors) const;
  void load(const NamedTensors& tensors);

 private:
  struct Slot {
    std::string name;
    torch::Tensor weight;  // the model's own
    torch::Tensor mean;
  };

  const double decay_;
  std::vector<Slot> slots_;
};

}  // namespace kaskad::train
