// A neural ranker from stored lists: trained, exported as ONNX, compared with the export, written
// as a ranker bundle. Called by `kaskad train-ranker neural`.
//   DIRECTORY/bundle, recipe.json, curve.jsonl, checkpoints/
//   DIRECTORY/validation/  where it is asked for, see ranking/list_results.h
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "kaskad/core/progress.h"
#include "kaskad/dataset/dataset.h"
#include "kaskad/model/ranker.h"
#include "kaskad/ranking/amortized_kernel.h"
#include "kaskad/recipe/recipe.h"
#include "kaskad/train/learning_curve.h"

namespace kaskad::train {

struct RankerTrainOptions {
  std::string directory;
  bool resume = false;
  std::function<bool()> stop;
  size_t cache_bytes = 64 << 20;  // of encoded histories, in the server
  // What scores candidates in the bundle; by default kFp32 where the model has a kernel.
  std::optional<RankKernel> kernel;
  // Also leave the figures of every validation list, in DIRECTORY/validation. The bundle cannot be
  // asked for them later: its counters and features know what came of those lists.
  bool measure_validation = false;
  std::vector<std::string> measured_heads = {};  // whose labels are relevant there; empty: any
};

struct RankerTrainResult {
  std::vector<Head> heads;  // of the lists, with the recipe's weights
  bool stopped = false;     // by options.stop: there is no bundle
  int64_t epochs = 0, best_epoch = 0;
  double best_ndcg = 0;  // @10 of the validation lists; of several heads their weighted mean
  double train_seconds = 0;
  double parity = 0;  // largest difference of a logit between libtorch and ONNX Runtime
  RankKernel kernel = RankKernel::kOnnx;  // of the bundle
  double kernel_parity = 0;               // the same of what the bundle runs
  std::vector<CurvePoint> curve;
};

// `lists` is the directory that `kaskad make-impressions` wrote. Throws Error when the lists are of
// another dataset or lack a head that recipe.head_weights names, the recipe is no ranker's, the
// export or the fp32 kernel differs by more than kParityTolerance, or the model has no kernel and
// one is asked for.
RankerTrainResult train_ranker(const Dataset& dataset, const std::string& lists,
                               const Recipe& recipe, const RankerTrainOptions& options,
                               const Progress& progress = {});

}  // namespace kaskad::train
