// The tables behind components_of(): one line a switch of the recipe. Private to this folder.
#pragma once

#include <string>
#include <vector>

#include "kaskad/ablation/components.h"

namespace kaskad {

// A field that is on when `on` says so and is switched off by one setting.
struct Switch {
  const char* name;
  const char* words;
  const char* setting;
  bool (*on)(const train::Recipe& recipe);
  // What it needs of the data and does not find: "the dataset has no clock". Null: it needs
  // nothing.
  std::string (*lacks)(const AblationData& data) = nullptr;
};

std::string lacks_clock(const AblationData& data);
std::string lacks_queries(const AblationData& data);
std::string lacks_actions(const AblationData& data);
std::string lacks_item_features(const AblationData& data);
std::string lacks_user_features(const AblationData& data);

const std::vector<Switch>& model_switches();      // of the network; every kind
const std::vector<Switch>& retriever_switches();  // loss and run of models that retrieve
const std::vector<Switch>& ranker_switches();     // of models that order lists
const std::vector<Switch>& interact_switches();   // of InteractRank beside those
const std::vector<Switch>& training_switches();   // of how it learns; every kind

// Of InteractRank: each segment of counters, each of their windows.
std::vector<Component> counter_components(const train::Recipe& recipe, const AblationData& data);
// A head of the lists each, where there are several to learn.
std::vector<Component> head_components(const train::Recipe& recipe, const AblationData& data);

}  // namespace kaskad
