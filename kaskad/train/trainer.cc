#include "kaskad/train/trainer.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "kaskad/core/error.h"
#include "kaskad/train/schedule.h"

namespace kaskad::train {
namespace {

namespace fs = std::filesystem;

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

std::string figure(const char* format, double value) {
  char text[48];
  std::snprintf(text, sizeof(text), format, value);
  return text;
}

std::string minutes(double seconds) {
  const auto whole = static_cast<int64_t>(seconds + 0.5);
  return figure("%.0f", static_cast<double>(whole / 60)) + ":" + (whole % 60 < 10 ? "0" : "") +
         std::to_string(whole % 60);
}

}  // namespace

Trainer::Trainer(Learner& learner, const Batcher& batcher, const Validation* validation,
                 const TrainIdentity& identity, const TrainerOptions& options, Group* group,
                 Progress progress)
    : learner_(learner),
      batcher_(batcher),
      validation_(validation),
      identity_(identity),
      recipe_(identity.recipe),
      options_(options),
      group_(group),
      progress_(std::move(progress)) {}

TrainOutcome Trainer::run() {
  begin();
  TrainOutcome outcome;
  while (!finished() && !outcome.stopped) outcome.stopped = !run_epoch();
  if (outcome.stopped) {
    // --resume goes on from here.
  } else if (validation_ && state_.best_epoch > 0) {
    learner_.load_model(read_checkpoint(checkpoint("best")).tensors);
  } else {
    learner_.average().exchange();
  }
  outcome.state = state_;
  if (curve_) outcome.curve = curve_->points();
  return outcome;
}

void Trainer::begin() {
  fs::create_directories(options_.directory + "/checkpoints");
  if (options_.resume && fs::exists(checkpoint("last"))) {
    const Checkpoint stored = read_checkpoint(checkpoint("last"));
    check_same_run(stored.identity, identity_, options_.directory);
    learner_.load_all(stored.tensors);
    state_ = stored.state;
  }
  saved_ = Clock::now();
  if (!leads()) return;
  curve_ = std::make_unique<LearningCurve>(options_.directory + "/curve.jsonl", state_.epoch);
  events_ = std::make_unique<EventFile>(options_.directory);
}

bool Trainer::finished() const {
  if (state_.epoch >= recipe_.epochs) return true;
  return validation_ && state_.best_epoch > 0 && state_.batch == 0 &&
         state_.epoch - state_.best_epoch >= recipe_.patience;
}

bool Trainer::run_epoch() {
  const EpochPlan plan = batcher_.plan(state_.epoch);
  while (state_.batch < static_cast<int64_t>(plan.num_batches())) {
    const Wish wish = agree();
    if (wish.stop || wish.save) save("last", true);
    if (wish.stop) return false;
    run_batch(plan);
  }
  end_epoch();
  return true;
}

// All processes save and stop at the same step, or they would wait for each other.
Trainer::Wish Trainer::agree() {
  Wish wish{options_.stop && options_.stop(), seconds_since(saved_) > options_.checkpoint_seconds};
  if (!group_) return wish;
  torch::Tensor wishes = torch::tensor({int64_t{wish.stop}, int64_t{wish.save && leads()}});
  group_->sum(wishes);
  return {wishes[0].item<int64_t>() > 0, wishes[1].item<int64_t>() > 0};
}

void Trainer::run_batch(const EpochPlan& plan) {
  const auto start = Clock::now();
  const auto batch = static_cast<size_t>(state_.batch);
  const Shard shard = group_ ? Shard{group_->rank(), group_->size()} : Shard{};
  const auto all_steps = static_cast<int64_t>(plan.num_batches()) * recipe_.epochs;
  learning_rate_ = learning_rate_at(recipe_, learner_.steps(), all_steps);
  StepReport step;
  try {
    step = learner_.step(batcher_.make(plan, batch, shard), learning_rate_);
  } catch (const Error& error) {
    throw Error("epoch " + std::to_string(state_.epoch + 1) + ", " + error.what());
  }
  const double seconds = seconds_since(start);
  ++state_.batch;
  state_.loss_sum += step.loss * static_cast<double>(step.places);
  state_.places += step.places;
  state_.sequences += static_cast<int64_t>(plan.batches[batch].second - plan.batches[batch].first);
  state_.epoch_seconds += seconds;
  state_.seconds += seconds;
  if (leads()) report_step(plan, step);
}

void Trainer::report_step(const EpochPlan& plan, const StepReport& step) {
  events_->add(learner_.steps(), {{"train/loss", static_cast<float>(step.loss)},
                                  {"train/learning_rate", static_cast<float>(learning_rate_)},
                                  {"train/gradient_norm", static_cast<float>(step.gradient_norm)}});
  const auto batches = static_cast<uint64_t>(plan.num_batches());
  const auto done = static_cast<uint64_t>(state_.batch);
  if (done < batches && seconds_since(reported_) < 0.1) return;
  reported_ = Clock::now();
  const double mean = state_.loss_sum / static_cast<double>(std::max<int64_t>(1, state_.places));
  const double speed = static_cast<double>(state_.sequences) / std::max(1e-9, state_.epoch_seconds);
  std::string note = "loss " + figure("%.4f", mean) + ", " + figure("%.0f", speed) + " sequences/s";
  if (state_.best_epoch > 0) {
    note += ", best ndcg@10 " + figure("%.4f", state_.best_ndcg) + " (epoch " +
            std::to_string(state_.best_epoch) + ")";
  }
  if (state_.epoch > 0) {
    const auto epochs_left = static_cast<double>(recipe_.epochs - state_.epoch);
    const double epoch_seconds =
        (state_.seconds - state_.epoch_seconds) / static_cast<double>(state_.epoch);
    note += ", at most " +
            minutes(std::max(0.0, epochs_left * epoch_seconds - state_.epoch_seconds)) +
            " for all epochs";
  }
  report(progress_, {options_.name + ", epoch " + std::to_string(state_.epoch + 1) + " of " +
                         std::to_string(recipe_.epochs),
                     done, batches, note});
}

void Trainer::end_epoch() {
  CurvePoint point;
  point.epoch = state_.epoch + 1;
  point.step = learner_.steps();
  point.loss = state_.loss_sum / static_cast<double>(std::max<int64_t>(1, state_.places));
  point.learning_rate = learning_rate_;
  point.seconds = state_.epoch_seconds;
  point.sequences_per_second =
      static_cast<double>(state_.sequences) / std::max(1e-9, state_.epoch_seconds);
  const bool last = point.epoch >= recipe_.epochs;
  if (validation_ && (point.epoch % recipe_.validate_every == 0 || last)) {
    const auto start = Clock::now();
    point.validation = validate();
    point.validation_seconds = seconds_since(start);
    state_.seconds += point.validation_seconds;
  }
  ++state_.epoch;
  state_.batch = state_.places = state_.sequences = 0;
  state_.loss_sum = state_.epoch_seconds = 0;
  const bool better = point.validation && point.validation->ndcg > state_.best_ndcg;
  if (better) {
    state_.best_ndcg = point.validation->ndcg;
    state_.best_epoch = point.epoch;
  }
  if (leads()) {
    curve_->append(point);
    std::vector<Scalar> scalars = {{"epoch/loss", static_cast<float>(point.loss)}};
    if (const auto& figures = point.validation) {
      scalars.push_back({"validation/ndcg@10", static_cast<float>(figures->ndcg)});
      scalars.push_back({"validation/hit_rate@10", static_cast<float>(figures->hit_rate)});
      scalars.push_back({"validation/popularity@10", static_cast<float>(figures->popularity)});
      scalars.push_back({"validation/coverage@10", static_cast<float>(figures->coverage)});
      scalars.push_back({"validation/gini@10", static_cast<float>(figures->gini)});
    }
    events_->add(point.step, scalars);
    events_->flush();
  }
  // The best first: a process killed in between goes on from the epoch before and finds it again.
  if (better) {
    const WeightAverage::Use averaged(learner_.average());
    save("best", false);
  }
  save("last", true);
}

// Process 0 asks; all must agree on when to stop.
ValidationFigures Trainer::validate() {
  ValidationFigures figures;
  const WeightAverage::Use averaged(learner_.average());
  if (leads()) figures = (*validation_)(learner_.model(), learner_.device());
  if (group_) {
    torch::Tensor ndcg = torch::full({1}, figures.ndcg, torch::kFloat64);
    group_->broadcast(ndcg);
    figures.ndcg = ndcg.item<double>();
  }
  return figures;
}

void Trainer::save(const char* name, bool everything) {
  const NamedTensors tensors = everything ? learner_.all_tensors() : learner_.model_tensors();
  if (leads()) write_checkpoint(checkpoint(name), {identity_, state_, tensors});
  saved_ = Clock::now();
}

}  // namespace kaskad::train
