// The loop: epochs of batches, validation, the best and the last checkpoint, early stopping.
// Called by train.h; knows neither ONNX nor bundles.
//   DIRECTORY/curve.jsonl, checkpoints/last, checkpoints/best, events.out.tfevents.*
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "kaskad/core/progress.h"
#include "kaskad/train/batcher.h"
#include "kaskad/train/checkpoint.h"
#include "kaskad/train/learner.h"
#include "kaskad/train/learning_curve.h"
#include "kaskad/train/tensorboard.h"
#include "kaskad/train/validation.h"

namespace kaskad::train {

struct TrainerOptions {
  std::string directory;
  bool resume = false;              // go on from checkpoints/last when it is there
  double checkpoint_seconds = 300;  // within an epoch; at its end there is one always
  std::function<bool()> stop;       // asked before each step: true writes a checkpoint and ends
  std::string name = "training";    // of the progress
};

struct TrainOutcome {
  bool stopped = false;  // by options.stop, not by itself
  TrainState state;
  std::vector<CurvePoint> curve;
};

class Trainer {
 public:
  // `validation` may be null: then all recipe.epochs are run and there is no best. `identity` says
  // what a checkpoint belongs to. All must outlive the trainer; `group` may be null.
  Trainer(Learner& learner, const Batcher& batcher, const Validation* validation,
          const TrainIdentity& identity, const TrainerOptions& options, Group* group,
          Progress progress);

  // The learner then holds the weights of the best epoch (of the last one without validation),
  // their average where the recipe asks for it, or, when stopped, where it stopped.
  TrainOutcome run();

 private:
  using Clock = std::chrono::steady_clock;
  struct Wish {
    bool stop, save;
  };

  bool leads() const { return !group_ || group_->rank() == 0; }
  std::string checkpoint(const char* name) const {
    return options_.directory + "/checkpoints/" + name;
  }
  void begin();
  bool finished() const;
  bool run_epoch();  // false when stopped
  void run_batch(const EpochPlan& plan);
  void end_epoch();
  ValidationFigures validate();
  void save(const char* name, bool everything);
  Wish agree();
  void report_step(const EpochPlan& plan, const StepReport& report);

  Learner& learner_;
  const Batcher& batcher_;
  const Validation* validation_;
  const TrainIdentity& identity_;
  const Recipe& recipe_;
  const TrainerOptions options_;
  Group* group_;
  Progress progress_;
  TrainState state_;
  double learning_rate_ = 0;
  Clock::time_point saved_, reported_;
  std::unique_ptr<LearningCurve> curve_;
  std::unique_ptr<EventFile> events_;
};

}  // namespace kaskad::train
