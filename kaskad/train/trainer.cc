#include "kaskad/train/trainer.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "kaskad/core/error.h"
#include "kaskad/train/schedule.h"
#include "kaskad/train/share_files.h"

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

Trainer::Trainer(Course& course, const TrainIdentity& identity, const TrainerOptions& options,
                 Progress progress)
    : course_(course),
      identity_(identity),
      recipe_(identity.recipe),
      options_(options),
      progress_(std::move(progress)) {}

TrainOutcome Trainer::run() {
  begin();
  TrainOutcome outcome;
  while (!finished() && !outcome.stopped) outcome.stopped = !run_epoch();
  if (outcome.stopped) {
    // --resume goes on from here.
  } else if (course_.validates() && state_.best_epoch > 0) {
    course_.load(with_share(read_checkpoint(checkpoint("best")), "best").tensors,
                 /*everything=*/false);
  } else {
    course_.average().exchange();
  }
  outcome.state = state_;
  if (curve_) outcome.curve = curve_->points();
  return outcome;
}

void Trainer::begin() {
  fs::create_directories(options_.directory + "/checkpoints");
  if (options_.resume && fs::exists(checkpoint("last"))) {
    Checkpoint stored = read_checkpoint(checkpoint("last"));
    check_same_run(stored.identity, identity_, options_.directory);
    stored = with_share(std::move(stored), "last");
    course_.load(stored.tensors, /*everything=*/true);
    state_ = stored.state;
  }
  saved_ = Clock::now();
  if (!leads()) return;
  curve_ = std::make_unique<LearningCurve>(options_.directory + "/curve.jsonl", state_.epoch);
  events_ = std::make_unique<EventFile>(options_.directory);
}

bool Trainer::finished() const {
  if (state_.epoch >= recipe_.epochs) return true;
  return course_.validates() && state_.best_epoch > 0 && state_.batch == 0 &&
         state_.epoch - state_.best_epoch >= recipe_.patience;
}

bool Trainer::run_epoch() {
  batches_ = static_cast<int64_t>(course_.begin_epoch(state_.epoch));
  while (state_.batch < batches_) {
    const Wish wish = agree();
    if (wish.stop || wish.save) save("last", true);
    if (wish.stop) return false;
    run_batch();
  }
  end_epoch();
  return true;
}

// All processes save and stop at the same step, or they would wait for each other.
Trainer::Wish Trainer::agree() {
  Wish wish{options_.stop && options_.stop(), seconds_since(saved_) > options_.checkpoint_seconds};
  Group* const group = course_.group();
  if (!group) return wish;
  torch::Tensor wishes = torch::tensor({int64_t{wish.stop}, int64_t{wish.save && leads()}});
  group->sum(wishes);
  return {wishes[0].item<int64_t>() > 0, wishes[1].item<int64_t>() > 0};
}

void Trainer::run_batch() {
  const auto start = Clock::now();
  learning_rate_ = learning_rate_at(recipe_, course_.steps(), batches_ * recipe_.epochs);
  StepReport step;
  try {
    step = course_.step(static_cast<size_t>(state_.batch), learning_rate_);
  } catch (const Error& error) {
    throw Error("epoch " + std::to_string(state_.epoch + 1) + ", " + error.what());
  }
  const double seconds = seconds_since(start);
  ++state_.batch;
  state_.loss_sum += step.loss * static_cast<double>(step.places);
  state_.places += step.places;
  state_.examples += step.examples;
  state_.epoch_seconds += seconds;
  state_.seconds += seconds;
  if (leads()) report_step(step);
}

void Trainer::report_step(const StepReport& step) {
  events_->add(course_.steps(), {{"train/loss", static_cast<float>(step.loss)},
                                 {"train/learning_rate", static_cast<float>(learning_rate_)},
                                 {"train/gradient_norm", static_cast<float>(step.gradient_norm)}});
  if (state_.batch < batches_ && seconds_since(reported_) < 0.1) return;
  reported_ = Clock::now();
  const double mean = state_.loss_sum / static_cast<double>(std::max<int64_t>(1, state_.places));
  const double speed = static_cast<double>(state_.examples) / std::max(1e-9, state_.epoch_seconds);
  std::string note =
      "loss " + figure("%.4f", mean) + ", " + figure("%.0f", speed) + " " + course_.unit() + "/s";
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
                     static_cast<uint64_t>(state_.batch), static_cast<uint64_t>(batches_), note});
}

void Trainer::end_epoch() {
  CurvePoint point;
  point.epoch = state_.epoch + 1;
  point.step = course_.steps();
  point.loss = state_.loss_sum / static_cast<double>(std::max<int64_t>(1, state_.places));
  point.learning_rate = learning_rate_;
  point.seconds = state_.epoch_seconds;
  point.examples_per_second =
      static_cast<double>(state_.examples) / std::max(1e-9, state_.epoch_seconds);
  const bool last = point.epoch >= recipe_.epochs;
  if (course_.validates() && (point.epoch % recipe_.validate_every == 0 || last)) {
    const auto start = Clock::now();
    const WeightAverage::Use averaged(course_.average());
    point.validation = course_.validate();
    point.validation_seconds = seconds_since(start);
    state_.seconds += point.validation_seconds;
  }
  ++state_.epoch;
  state_.batch = state_.places = state_.examples = 0;
  state_.loss_sum = state_.epoch_seconds = 0;
  const bool better = point.validation && point.validation->ndcg() > state_.best_ndcg;
  if (better) {
    state_.best_ndcg = point.validation->ndcg();
    state_.best_epoch = point.epoch;
  }
  if (leads()) {
    curve_->append(point);
    std::vector<Scalar> scalars = {{"epoch/loss", static_cast<float>(point.loss)}};
    if (point.validation) {
      for (const auto& [name, value] : point.validation->values) {
        scalars.push_back({"validation/" + name, static_cast<float>(value)});
      }
    }
    events_->add(point.step, scalars);
    events_->flush();
  }
  // The best first: a process killed in between goes on from the epoch before and finds it again.
  if (better) {
    const WeightAverage::Use averaged(course_.average());
    save("best", false);
  }
  save("last", true);
}

void Trainer::save(const char* name, bool everything) {
  const Checkpoint now{identity_, state_, course_.tensors(everything)};
  if (recipe_.shard_items) {
    write_shared_checkpoint(checkpoint(name), now, *course_.group());
  } else if (leads()) {
    write_checkpoint(checkpoint(name), now);
  }
  saved_ = Clock::now();
}

// With this process' rows of a table that lies spread over processes.
Checkpoint Trainer::with_share(Checkpoint stored, const char* name) const {
  if (stored.shares > 0) {
    stored.tensors.merge(read_share(checkpoint(name), stored.shares, *course_.group()));
  }
  return stored;
}

}  // namespace kaskad::train
