// The loop of a rank model: epochs of lists, NDCG@10 on the validation lists, early stopping, the
// best and the last checkpoint. Called by train_ranker().
//   DIRECTORY/curve.jsonl, checkpoints/last, checkpoints/best
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "kaskad/core/progress.h"
#include "kaskad/dataset/impressions.h"
#include "kaskad/model/ranker.h"
#include "kaskad/train/adam.h"
#include "kaskad/train/checkpoint.h"
#include "kaskad/train/rank/rank_batcher.h"
#include "kaskad/train/rank/rank_model.h"
#include "kaskad/train/weight_average.h"

namespace kaskad::train {

// One line of curve.jsonl.
struct RankCurvePoint {
  int64_t epoch = 0;  // 1 is the first
  double loss = 0;    // mean over the batches
  double seconds = 0;
  double ndcg = 0;  // @10 on the validation lists; of several heads their weighted mean
};
void to_json(nlohmann::json& json, const RankCurvePoint& point);
void from_json(const nlohmann::json& json, RankCurvePoint& point);

struct RankTrainerOptions {
  std::string directory;
  bool resume = false;         // go on from checkpoints/last when it is there
  std::function<bool()> stop;  // asked before each step: true ends with the last epoch's checkpoint
};

struct RankOutcome {
  bool stopped = false;
  TrainState state;
  std::vector<RankCurvePoint> curve;  // of all epochs, those before a resumption too
};

// Lists and what they are made of; all must outlive the trainer.
struct RankData {
  const Dataset& dataset;
  const Impressions& train;
  const Impressions& validation;
  const RequestWriter& train_writer;  // of the requests of each part
  const RequestWriter& validation_writer;
  const std::vector<Head>& heads;
  const ListCounters* train_counters = nullptr;  // null: what the writer answers
};

class RankTrainer {
 public:
  RankTrainer(RankModel& model, const RankData& data, const TrainIdentity& identity,
              const RankTrainerOptions& options, const Progress& progress);

  // The model then holds the weights of the best epoch. A run ends, resumed or not, with the same
  // weights on the same machine and threads: order, draws and dropout are functions of the seed.
  RankOutcome run();

 private:
  void begin();
  bool finished() const;
  bool run_epoch();  // false when stopped
  double step(const RankBatch& batch, double learning_rate);
  double validate();
  void end_epoch(double loss, double seconds);
  std::string checkpoint(const char* name) const {
    return options_.directory + "/checkpoints/" + name;
  }
  NamedTensors tensors(bool with_moments) const;
  void load(const NamedTensors& tensors, bool with_moments);

  RankModel& model_;
  const RankData data_;
  const TrainIdentity& identity_;
  const Recipe& recipe_;
  const RankTrainerOptions options_;
  const Progress& progress_;
  const RankBatcher batcher_;
  const torch::Tensor weights_;  // (heads)
  Adam adam_;
  WeightAverage average_;
  TrainState state_;
  std::vector<RankCurvePoint> curve_;
};

}  // namespace kaskad::train
