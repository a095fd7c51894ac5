// What a checkpoint holds of a table that lies spread over processes (sharded_table.h): one file
// for each process, of its rows of the weights, of Adam's moments and of the average. No process
// needs memory for more than two shares, and as many processes as one likes can go on. Called by
// checkpoint.h and the trainer.
//   DIR/share-1-of-3.safetensors
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "kaskad/train/distributed.h"
#include "kaskad/train/safetensors.h"

namespace kaskad::train {

// What every process has alike, and what is a share of a table.
std::pair<NamedTensors, NamedTensors> split_shares(const NamedTensors& tensors);

// Of the process of `group` that calls it.
void write_share(const std::string& directory, const NamedTensors& share, const Group& group);

// This process' rows out of the files that `files` processes wrote. Throws Error naming a file that
// is missing or damaged.
NamedTensors read_share(const std::string& directory, int64_t files, const Group& group);

}  // namespace kaskad::train
