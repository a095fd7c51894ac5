// What a trainer runs: epochs of batches, a step for each, figures between the epochs. Sequences
// are taught by SequenceCourse, lists of candidates by RankCourse.
#pragma once

#include <string>

#include "kaskad/train/distributed.h"
#include "kaskad/train/gradient_step.h"
#include "kaskad/train/safetensors.h"
#include "kaskad/train/validation_figures.h"

namespace kaskad::train {

// Not thread-safe.
class Course {
 public:
  virtual ~Course() = default;

  virtual std::string unit() const = 0;  // of its examples: "sequences", "lists"

  // Of epoch number `epoch`, 0 is the first: how many batches it has. What they are is a function
  // of the recipe's seed and the epoch.
  virtual size_t begin_epoch(int64_t epoch) = 0;
  // Throws Error where the loss or a gradient is no number.
  virtual StepReport step(size_t batch, double learning_rate) = 0;
  virtual int64_t steps() const = 0;  // taken

  virtual bool validates() const = 0;
  virtual ValidationFigures validate() = 0;

  virtual WeightAverage& average() = 0;
  // Weights and buffers, or everything that the next step depends on (a call that all processes
  // make).
  virtual NamedTensors tensors(bool everything) const = 0;
  // Throws Error naming the tensor that is missing or of another shape.
  virtual void load(const NamedTensors& tensors, bool everything) = 0;

  virtual Group* group() const { return nullptr; }  // of processes that learn together
};

}  // namespace kaskad::train
