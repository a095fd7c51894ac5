// A course over the histories of users: batches of sequences, validated by recommending from the
// full catalogue. Called by train.h.
#pragma once

#include "kaskad/train/batcher.h"
#include "kaskad/train/course.h"
#include "kaskad/train/learner.h"
#include "kaskad/train/validation.h"

namespace kaskad::train {

class SequenceCourse : public Course {
 public:
  // `validation` and `group` may be null. All must outlive the course.
  SequenceCourse(Learner& learner, const Batcher& batcher, const Validation* validation,
                 Group* group)
      : learner_(learner), batcher_(batcher), validation_(validation), group_(group) {}

  std::string unit() const override { return "sequences"; }
  size_t begin_epoch(int64_t epoch) override;
  StepReport step(size_t batch, double learning_rate) override;
  int64_t steps() const override { return learner_.steps(); }
  bool validates() const override { return validation_ != nullptr; }
  // Process 0 asks, or all where the model has shards(); all get its NDCG, as they must agree on
  // when to stop.
  ValidationFigures validate() override;
  WeightAverage& average() override { return learner_.average(); }
  NamedTensors tensors(bool everything) const override;
  void load(const NamedTensors& tensors, bool everything) override;
  Group* group() const override { return group_; }

 private:
  Learner& learner_;
  const Batcher& batcher_;
  const Validation* validation_;
  Group* group_;
  EpochPlan plan_;
};

}  // namespace kaskad::train
