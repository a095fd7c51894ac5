#include "kaskad/train/rank/rank_trainer.h"

#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "kaskad/core/error.h"
#include "kaskad/core/file.h"
#include "kaskad/ranking/list_metrics.h"
#include "kaskad/train/named_state.h"
#include "kaskad/train/schedule.h"

namespace kaskad::train {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

torch::Tensor weights_of(const std::vector<Head>& heads) {
  std::vector<float> weights;
  for (const Head& head : heads) weights.push_back(head.weight);
  return torch::tensor(weights);
}

// Lines of the first `epochs`; those after the checkpoint are made again.
std::vector<RankCurvePoint> read_curve(const std::string& path, int64_t epochs) {
  std::vector<RankCurvePoint> points;
  std::istringstream lines(read_file(path));
  try {
    for (std::string line; std::getline(lines, line);) {
      const auto point = nlohmann::json::parse(line).get<RankCurvePoint>();
      if (point.epoch <= epochs) points.push_back(point);
    }
  } catch (const nlohmann::json::exception& fault) {
    throw data_error(path, points.size() + 1, "", fault.what(), "a line of a learning curve");
  }
  return points;
}

}  // namespace

void to_json(nlohmann::json& json, const RankCurvePoint& point) {
  json = {{"epoch", point.epoch},
          {"loss", point.loss},
          {"seconds", point.seconds},
          {"validation", {{"ndcg@10", point.ndcg}}}};
}

void from_json(const nlohmann::json& json, RankCurvePoint& point) {
  json.at("epoch").get_to(point.epoch);
  json.at("loss").get_to(point.loss);
  json.at("seconds").get_to(point.seconds);
  json.at("validation").at("ndcg@10").get_to(point.ndcg);
}

RankTrainer::RankTrainer(RankModel& model, const RankData& data, const TrainIdentity& identity,
                         const RankTrainerOptions& options, const Progress& progress)
    : model_(model),
      data_(data),
      identity_(identity),
      recipe_(identity.recipe),
      options_(options),
      progress_(progress),
      batcher_(data.dataset, data.train, data.train_writer, recipe_, data.train_counters),
      weights_(weights_of(data.heads)),
      adam_(model, {.weight_decay = recipe_.weight_decay}),
      average_(adam_, recipe_.average_decay) {}

RankOutcome RankTrainer::run() {
  begin();
  RankOutcome outcome;
  while (!finished() && !outcome.stopped) outcome.stopped = !run_epoch();
  if (!outcome.stopped && state_.best_epoch > 0) {
    load(read_checkpoint(checkpoint("best")).tensors, /*with_moments=*/false);
  }
  outcome.state = state_;
  outcome.curve = curve_;
  return outcome;
}

void RankTrainer::begin() {
  fs::create_directories(options_.directory + "/checkpoints");
  if (!options_.resume || !fs::exists(checkpoint("last"))) return;
  const Checkpoint stored = read_checkpoint(checkpoint("last"));
  check_same_run(stored.identity, identity_, options_.directory);
  load(stored.tensors, /*with_moments=*/true);
  state_ = stored.state;
  curve_ = read_curve(options_.directory + "/curve.jsonl", state_.epoch);
}

bool RankTrainer::finished() const {
  return state_.epoch >= recipe_.epochs ||
         (state_.best_epoch > 0 && state_.epoch - state_.best_epoch >= recipe_.patience);
}

bool RankTrainer::run_epoch() {
  const auto start = Clock::now();
  const auto batches = batcher_.plan(state_.epoch);
  const int64_t steps = static_cast<int64_t>(batches.size()) * recipe_.epochs;
  double loss = 0;
  for (size_t b = 0; b < batches.size(); ++b) {
    if (options_.stop && options_.stop()) return false;
    loss += step(batcher_.make(batches[b], state_.epoch),
                 learning_rate_at(recipe_, adam_.steps(), steps));
    char note[96];
    std::snprintf(note, sizeof(note), "loss %.4f, best ndcg@10 %.4f (epoch %lld)",
                  loss / static_cast<double>(b + 1), std::max(0.0, state_.best_ndcg),
                  static_cast<long long>(state_.best_epoch));
    report(progress_, {to_string(recipe_.model) + ", epoch " + std::to_string(state_.epoch + 1) +
                           " of " + std::to_string(recipe_.epochs),
                       b + 1, batches.size(), note});
  }
  end_epoch(loss / static_cast<double>(batches.size()), seconds_since(start));
  return true;
}

double RankTrainer::step(const RankBatch& batch, double learning_rate) {
  model_.train();
  adam_.zero_grad();
  torch::Tensor loss = model_.loss(batch, weights_);
  loss.backward();
  const torch::NoGradGuard no_grad;
  const double value = loss.item<double>();
  double square = 0;
  for (const Adam::Slot& slot : adam_.slots()) {
    const torch::Tensor& gradient = slot.weight.grad();
    if (gradient.defined()) square += gradient.square().sum().item<double>();
  }
  const double norm = std::sqrt(square);
  if (!std::isfinite(value) || !std::isfinite(norm)) {
    throw Error("epoch " + std::to_string(state_.epoch + 1) + ", step " +
                std::to_string(adam_.steps() + 1) + ": the loss is " + std::to_string(value) +
                " and the gradient's norm " + std::to_string(norm) +
                "; try a smaller learning_rate (now " + std::to_string(recipe_.learning_rate) +
                ") or clip_norm = 1; --resume continues from the last epoch");
  }
  if (recipe_.clip_norm > 0 && norm > recipe_.clip_norm) {
    for (Adam::Slot& slot : adam_.slots()) {
      if (slot.weight.grad().defined()) slot.weight.grad().mul_(recipe_.clip_norm / norm);
    }
  }
  adam_.step(learning_rate);
  average_.update(adam_.steps());
  return value;
}

// NDCG@10 over the validation lists: of each head's own scores by its own labels, the mean by the
// heads' weights. The final score of heads that want different orders says little of either.
double RankTrainer::validate() {
  const torch::NoGradGuard no_grad;
  const WeightAverage::Use averaged(average_);
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
  return sum / weight;
}

void RankTrainer::end_epoch(double loss, double seconds) {
  const double ndcg = validate();
  ++state_.epoch;
  state_.seconds += seconds;
  curve_.push_back({state_.epoch, loss, seconds, ndcg});
  const bool better = ndcg > state_.best_ndcg;
  if (better) {
    state_.best_ndcg = ndcg;
    state_.best_epoch = state_.epoch;
  }
  std::string lines;
  for (const RankCurvePoint& point : curve_) lines += nlohmann::json(point).dump() + "\n";
  write_file(options_.directory + "/curve.jsonl", lines);
  // The best first: a process killed in between goes on from the epoch before and finds it again.
  if (better) {
    const WeightAverage::Use averaged(average_);
    write_checkpoint(checkpoint("best"), {identity_, state_, tensors(false)});
  }
  write_checkpoint(checkpoint("last"), {identity_, state_, tensors(true)});
}

NamedTensors RankTrainer::tensors(bool with_moments) const {
  NamedTensors all;
  add_model(model_, all);
  if (!with_moments) return all;
  add_moments(adam_, all);
  average_.add_to(all);
  return all;
}

void RankTrainer::load(const NamedTensors& tensors, bool with_moments) {
  load_model(tensors, model_);
  if (!with_moments) return;
  load_moments(tensors, adam_);
  average_.load(tensors);
}

}  // namespace kaskad::train
