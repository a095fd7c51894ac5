// The trainings of `kaskad ablate`: each a process of its own, several beside each other, none that
// is there already. Called by ablate.cc.
//   FOLDER/recipe.toml                     the recipe, whole
//   FOLDER/runs/COMPONENT/seed-N/          what `kaskad train` or `kaskad train-ranker` leaves
//   FOLDER/runs/COMPONENT/seed-N/training.log, run.json   outputs; seconds, CPU, memory
#pragma once

#include <string>
#include <vector>

#include "kaskad/ablation/components.h"
#include "kaskad/ablation/run_plan.h"

namespace kaskad::cli {

struct AblationTrainings {
  std::string folder;  // of the whole ablation
  std::string dataset;
  std::string lists;               // of rankers; empty: retrievers
  std::string split;               // of retrievers
  std::vector<std::string> heads;  // of rankers, whose labels are relevant; empty: any
  std::vector<Component> components;
  std::vector<uint64_t> seeds;
  int jobs = 0;               // 0: as cores and memory allow
  double budget_seconds = 0;  // 0: none
};

struct TrainedRun {
  AblationRun run;
  std::string folder;
  enum class State { kDone, kFailed, kLeftOut } state = State::kLeftOut;
  std::string error = {};  // of kFailed: what the training said
};

struct TrainedRuns {
  std::vector<TrainedRun> runs;  // in the order of the plan
  size_t trained = 0;            // of them in this call
  Sharing sharing;
  bool interrupted = false;
};

// Trains what is not there, the most important first. A run that fails does not stop the others.
// Ctrl-C interrupts the trainings, which leave a checkpoint each, and waits for their end.
TrainedRuns train_runs(const AblationTrainings& plan);

std::string run_folder(const std::string& folder, const AblationRun& run);

}  // namespace kaskad::cli
