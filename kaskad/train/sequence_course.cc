#include "kaskad/train/sequence_course.h"

namespace kaskad::train {

size_t SequenceCourse::begin_epoch(int64_t epoch) {
  plan_ = batcher_.plan(epoch);
  return plan_.num_batches();
}

StepReport SequenceCourse::step(size_t batch, double learning_rate) {
  const Shard shard = group_ ? Shard{group_->rank(), group_->size()} : Shard{};
  StepReport report = learner_.step(batcher_.make(plan_, batch, shard), learning_rate);
  const auto [first, last] = plan_.batches[batch];
  report.examples = static_cast<int64_t>(last - first);
  return report;
}

ValidationFigures SequenceCourse::validate() {
  ValidationFigures figures;
  if (!group_ || group_->rank() == 0 || learner_.model().shards()) {
    figures = (*validation_)(learner_.model(), learner_.device());
  }
  if (group_) {
    torch::Tensor ndcg = torch::full({1}, figures.values["ndcg@10"], torch::kFloat64);
    group_->broadcast(ndcg);
    figures.values["ndcg@10"] = ndcg.item<double>();
  }
  return figures;
}

NamedTensors SequenceCourse::tensors(bool everything) const {
  return everything ? learner_.all_tensors() : learner_.model_tensors();
}

void SequenceCourse::load(const NamedTensors& tensors, bool everything) {
  everything ? learner_.load_all(tensors) : learner_.load_model(tensors);
}

}  // namespace kaskad::train
