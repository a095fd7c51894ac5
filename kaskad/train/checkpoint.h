// Where a run stands, on the disk: written whole or not at all, so that a process may be killed at
// any moment. Called by the trainer.
//   DIR/state.json           epoch, step, best validation, recipe, hashes of dataset and split
//   DIR/tensors.safetensors  weights; in "last" also Adam's moments and the random states
//   DIR/share-0-of-2.safetensors ...  rows of a table that lies spread over processes
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "kaskad/recipe/recipe.h"
#include "kaskad/train/distributed.h"
#include "kaskad/train/safetensors.h"

namespace kaskad::train {

struct TrainState {
  int64_t epoch = 0;  // complete ones
  // Of the epoch that runs:
  int64_t batch = 0;  // done
  double loss_sum = 0;
  int64_t places = 0, examples = 0;
  double epoch_seconds = 0;

  double seconds = 0;  // of all learning and validation so far
  int64_t best_epoch = 0;
  double best_ndcg = -1;
};

// What the figures are of; another may not continue them.
struct TrainIdentity {
  Recipe recipe;
  std::string dataset_hash, split_hash;
};

struct Checkpoint {
  TrainIdentity identity;
  TrainState state;
  NamedTensors tensors;
  int64_t shares = 0;  // processes that each wrote their rows of a sharded table; 0: there is none
};

// Replaces an older checkpoint of that name in one step.
void write_checkpoint(const std::string& directory, const Checkpoint& checkpoint);
// The same, where some of the tensors are this process' share of a table: a collective call, in
// which process 0 writes what all have alike.
void write_shared_checkpoint(const std::string& directory, const Checkpoint& checkpoint,
                             Group& group);

// Without shares, see share_files.h. Throws Error when a file is missing or damaged.
Checkpoint read_checkpoint(const std::string& directory);

// Throws Error naming what differs. Recipes may differ in what only says how far and how fast to
// go: epochs, patience, learning_rate, clip_norm, threads, device.
void check_same_run(const TrainIdentity& stored, const TrainIdentity& asked,
                    const std::string& directory);

}  // namespace kaskad::train
