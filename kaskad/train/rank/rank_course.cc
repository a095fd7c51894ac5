#include "kaskad/train/rank/rank_course.h"

#include "kaskad/ranking/list_metrics.h"
#include "kaskad/train/named_state.h"

namespace kaskad::train {
namespace {

torch::Tensor weights_of(const std::vector<Head>& heads) {
  std::vector<float> weights;
  for (const Head& head : heads) weights.push_back(head.weight);
  return torch::tensor(weights);
}

}  // namespace

RankCourse::RankCourse(RankModel& model, const RankData& data, const Recipe& recipe)
    : model_(model),
      data_(data),
      batcher_(data.dataset, data.train, data.train_writer, recipe, data.train_counters),
      weights_(weights_of(data.heads)),
      gradient_step_(model, recipe) {}

size_t RankCourse::begin_epoch(int64_t epoch) {
  epoch_ = epoch;
  batches_ = batcher_.plan(epoch);
  return batches_.size();
}

StepReport RankCourse::step(size_t batch, double learning_rate) {
  model_.train();
  gradient_step_.zero_grad();
  torch::Tensor loss = model_.loss(batcher_.make(batches_[batch], epoch_), weights_);
  loss.backward();
  const auto lists = static_cast<int64_t>(batches_[batch].size());
  StepReport report{.loss = loss.item<double>(), .places = lists, .examples = lists};
  gradient_step_.take(report, learning_rate);
  return report;
}

ValidationFigures RankCourse::validate() {
  const torch::NoGradGuard no_grad;
  model_.eval();
  std::vector<std::vector<float>> scores(data_.heads.size());  // (heads)(candidates)
  for (size_t number = 0; number < data_.validation.size(); ++number) {
    const ImpressionList list = data_.validation.list(number);
    if (list.size() == 0) continue;
    const RankBatch batch = whole_list(data_.dataset, list, data_.validation_writer);
    const torch::Tensor of_heads = model_.score(batch)[0].t().contiguous();
    for (size_t h = 0; h < scores.size(); ++h) {
      const float* from = of_heads.data_ptr<float>() + h * list.size();
      scores[h].insert(scores[h].end(), from, from + list.size());
    }
  }
  double sum = 0, weight = 0;
  for (size_t h = 0; h < scores.size(); ++h) {
    sum += data_.heads[h].weight * mean_ndcg(data_.validation, {h}, scores[h]);
    weight += data_.heads[h].weight;
  }
  return {.values = {{"ndcg@10", sum / weight}}, .cases = data_.validation.size()};
}

NamedTensors RankCourse::tensors(bool everything) const {
  NamedTensors all;
  add_model(model_, all);
  if (everything) gradient_step_.add_to(all);
  return all;
}

void RankCourse::load(const NamedTensors& tensors, bool everything) {
  load_model(tensors, model_);
  if (everything) gradient_step_.load(tensors);
}

}  // namespace kaskad::train
