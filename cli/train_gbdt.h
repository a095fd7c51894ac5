// kaskad train-ranker gbdt: trees learned from stored lists, or brought by the user. The options
// are those of train_ranker.cc.
#pragma once

#include <string>
#include <vector>

#include "kaskad/ranking/gbdt_training.h"

namespace kaskad::cli {

struct GbdtArguments {
  std::string dataset, lists, output, model, export_to, learn_from;
  std::vector<std::string> heads, settings, features, score_of;
  FeatureOptions feature_options;
  GbdtOptions gbdt;
  bool json = false;
};

// Writes the ranker, prints what came of it.
void train_gbdt_ranker(const GbdtArguments& arguments);

}  // namespace kaskad::cli
