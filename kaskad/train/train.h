// One recipe from a dataset to a measured bundle in a directory: what `kaskad train` runs once and
// whoever compares recipes runs in a loop. See ARCHITECTURE.md for the files it leaves.
//   DIR/bundle/       kind "neural"
//   DIR/recipe.json   curve.jsonl  parity.json  result.json  events.out.tfevents.*
//   DIR/checkpoints/  last, best
//   DIR/test/         the values of every case, for `compare`
//   DIR/refit/        the same of the second training, when the recipe asks for one
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "kaskad/core/progress.h"
#include "kaskad/dataset/split.h"
#include "kaskad/eval/evaluation.h"
#include "kaskad/eval/segments.h"
#include "kaskad/recipe/recipe.h"
#include "kaskad/train/learning_curve.h"
#include "kaskad/train/parity.h"

namespace kaskad::train {

struct TrainOptions {
  std::string directory;
  bool resume = false;              // else an earlier run in the directory is removed
  double checkpoint_seconds = 300;  // within an epoch
  std::function<bool()> stop;       // asked before each step; true: a checkpoint, and the end
  BootstrapOptions bootstrap = {};  // of the figures on test
};

struct TrainResult {
  bool stopped = false;  // then nothing below but the curve is there
  bool leads = true;     // false in all but one of several processes: they leave no bundle
  std::vector<CurvePoint> curve;
  int64_t epochs = 0, best_epoch = 0;
  double best_ndcg = 0;      // on validation
  double train_seconds = 0;  // learning and validation, of all processes that were resumed
  uint64_t peak_memory = 0;  // bytes, of this process
  ParityReport parity;
  Evaluation test;  // of the bundle, through ONNX Runtime
  SegmentReport segments;
  double score_seconds = 0;  // to ask the bundle all test cases
};

// Learns from the first validation phase's fit, stops by its questions, and puts the bundle to the
// test once. Sets libtorch's threads and seeds its generators. Joins other processes when torch's
// environment variables name them (distributed.h). Throws Error for what the recipe, the dataset or
// an earlier run in the directory make impossible.
TrainResult train(const Dataset& dataset, const Split& split, const Recipe& recipe,
                  const TrainOptions& options, const Progress& progress = {});

// A line of results.jsonl: the evaluation, and what the training took.
nlohmann::json result_json(const TrainResult& result, const Recipe& recipe,
                           const std::string& directory);

}  // namespace kaskad::train
