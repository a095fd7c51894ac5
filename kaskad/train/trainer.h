// The loop over a course: epochs of batches, validation, the best and the last checkpoint, early
// stopping. Called by train() and train_ranker(); knows neither models, ONNX nor bundles.
//   DIRECTORY/curve.jsonl, checkpoints/last, checkpoints/best, events.out.tfevents.*
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "kaskad/core/progress.h"
#include "kaskad/train/checkpoint.h"
#include "kaskad/train/course.h"
#include "kaskad/train/learning_curve.h"
#include "kaskad/train/tensorboard.h"

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
  // Of a course that does not validate all recipe.epochs are run, and there is no best. `identity`
  // says what a checkpoint belongs to. Course and identity must outlive the trainer.
  Trainer(Course& course, const TrainIdentity& identity, const TrainerOptions& options,
          Progress progress);

  // The course then holds the weights of the best epoch (of the last one without validation),
  // their average where the recipe asks for it, or, when stopped, where it stopped.
  TrainOutcome run();

 private:
  using Clock = std::chrono::steady_clock;
  struct Wish {
    bool stop, save;
  };

  bool leads() const { return !course_.group() || course_.group()->rank() == 0; }
  std::string checkpoint(const char* name) const {
    return options_.directory + "/checkpoints/" + name;
  }
  void begin();
  bool finished() const;
  bool run_epoch();  // false when stopped
  void run_batch();
  void end_epoch();
  void save(const char* name, bool everything);
  Checkpoint with_share(Checkpoint stored, const char* name) const;
  Wish agree();
  void report_step(const StepReport& report);

  Course& course_;
  const TrainIdentity& identity_;
  const Recipe& recipe_;
  const TrainerOptions options_;
  Progress progress_;
  TrainState state_;
  int64_t batches_ = 0;  // of the epoch that runs
  double learning_rate_ = 0;
  Clock::time_point saved_, reported_;
  std::unique_ptr<LearningCurve> curve_;
  std::unique_ptr<EventFile> events_;
};

}  // namespace kaskad::train
