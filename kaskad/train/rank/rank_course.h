// A course over lists of candidates: batches of lists, validated by the NDCG@10 of the validation
// lists. Called by train_ranker().
#pragma once

#include <vector>

#include "kaskad/dataset/impressions.h"
#include "kaskad/model/ranker.h"
#include "kaskad/train/course.h"
#include "kaskad/train/rank/rank_batcher.h"
#include "kaskad/train/rank/rank_model.h"

namespace kaskad::train {

// Lists and what they are made of; all must outlive the course.
struct RankData {
  const Dataset& dataset;
  const Impressions& train;
  const Impressions& validation;
  const RequestWriter& train_writer;  // of the requests of each part
  const RequestWriter& validation_writer;
  const std::vector<Head>& heads;
  const ListCounters* train_counters = nullptr;  // null: what the writer answers
};

// A run ends, resumed or not, with the same weights on the same machine and threads: order, draws
// and dropout are functions of the seed.
class RankCourse : public Course {
 public:
  RankCourse(RankModel& model, const RankData& data, const Recipe& recipe);

  std::string unit() const override { return "lists"; }
  size_t begin_epoch(int64_t epoch) override;
  StepReport step(size_t batch, double learning_rate) override;
  int64_t steps() const override { return gradient_step_.steps(); }
  bool validates() const override { return true; }
  // Of each head's own scores by its own labels, the mean by the heads' weights: the final score of
  // heads that want different orders says little of either.
  ValidationFigures validate() override;
  WeightAverage& average() override { return gradient_step_.average(); }
  NamedTensors tensors(bool everything) const override;
  void load(const NamedTensors& tensors, bool everything) override;

 private:
  RankModel& model_;
  const RankData data_;
  const RankBatcher batcher_;
  const torch::Tensor weights_;  // (heads)
  GradientStep gradient_step_;
  int64_t epoch_ = 0;
  std::vector<std::vector<uint32_t>> batches_;  // list numbers
};

}  // namespace kaskad::train
