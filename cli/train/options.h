// What the user typed after `kaskad train`, and the recipe it comes to.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "kaskad/dataset/dataset.h"
#include "kaskad/recipe/recipe.h"

namespace kaskad::cli {

struct TrainArguments {
  std::string dataset, recipe, advice, model, device, output, runs = "runs";
  std::string split = "leave-one-out";
  std::vector<std::string> settings;  // "dropout=0.2"
  int threads = -1;                   // -1: as the recipe says
  int64_t seed = -1;
  size_t resamples = 1000;
  bool resume = false, json = false;
};

void add_train_options(CLI::App& app, TrainArguments& arguments);

// File (or advice), then --model, --set, --threads, --device and --seed. Where nobody names a loss
// and the catalogue is too large for a softmax over all of it, the sampled one is taken; `notes`
// says so. Throws Error naming the option.
train::Recipe chosen_recipe(const TrainArguments& arguments, const Dataset& dataset,
                            std::vector<std::string>& notes);

// The command again, for the records.
std::string train_command_line(const TrainArguments& arguments);

}  // namespace kaskad::cli
