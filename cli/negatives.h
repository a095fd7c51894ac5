// The runs of `kaskad compare --negatives`: one recipe trained with each kind of negatives, so that
// one sees what each is worth.
#pragma once

#include <string>
#include <vector>

namespace kaskad::cli {

struct NegativesPlan {
  std::string folder;  // gets one run's folder for each kind
  std::string dataset, split;
  std::string recipe;                 // TOML file; empty: the model's own
  std::vector<std::string> settings;  // key=value, over what the file says
};

// Trains what the folder does not hold yet, each run with `kaskad train`, and returns the folders
// of all runs. A run that was interrupted goes on. Throws Error when one fails.
std::vector<std::string> train_negatives(const NegativesPlan& plan);

}  // namespace kaskad::cli
