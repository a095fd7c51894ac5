#include "kaskad/ablation/components.h"

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>

#include "kaskad/ablation/switches.h"
#include "kaskad/core/error.h"

namespace kaskad {
namespace {

using train::Recipe;

// The settings on `recipe`, one by one.
void apply(const std::vector<std::string>& settings, Recipe& recipe) {
  for (const std::string& setting : settings) {
    const size_t equals = setting.find('=');
    KASKAD_ASSERT(equals != std::string::npos);
    recipe.set(setting.substr(0, equals), setting.substr(equals + 1));
  }
}

// Empty where the recipe without the component can be trained.
std::string fault_without(const Recipe& recipe, const Component& component) {
  try {
    without(recipe, component).check();
    return "";
  } catch (const Error& error) {
    return std::string("without it the recipe contradicts itself: ") + error.what();
  }
}

// Adds what is on and changes the recipe.
class Collector {
 public:
  Collector(const Recipe& recipe, const AblationData& data) : recipe_(recipe), data_(data) {}

  void add(const std::vector<Switch>& switches) {
    for (const Switch& one : switches) {
      if (!one.on(recipe_)) continue;
      add(Component{one.name, one.words, {one.setting}, one.lacks ? one.lacks(data_) : ""});
    }
  }

  void add(const std::vector<Component>& components) {
    for (const Component& component : components) add(component);
  }

  std::vector<Component> take() { return std::move(found_); }

 private:
  void add(Component component) {
    const nlohmann::json before = recipe_;
    if (nlohmann::json(without(recipe_, component)) == before) return;
    for (const Component& known : found_) {
      if (known.name == component.name) return;  // a list that names an entry twice
    }
    if (component.obstacle.empty()) component.obstacle = fault_without(recipe_, component);
    found_.push_back(std::move(component));
  }

  const Recipe& recipe_;
  const AblationData& data_;
  std::vector<Component> found_;
};

std::string names_of(const std::vector<Component>& components) {
  std::string names;
  for (const Component& one : components) names += (names.empty() ? "" : ", ") + one.name;
  return names.empty() ? "none" : names;
}

const Component& find(const std::vector<Component>& all, const std::string& name,
                      const char* option) {
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const Component& one) { return one.name == name; });
  if (found != all.end()) return *found;
  throw Error(std::string(option) + ": found '" + name +
              "', expected a component that this recipe has on: " + names_of(all));
}

bool names(const std::vector<std::string>& list, const Component& component) {
  return std::find(list.begin(), list.end(), component.name) != list.end();
}

}  // namespace

Recipe without(Recipe recipe, const Component& component) {
  apply(component.settings, recipe);
  return recipe;
}

std::vector<Component> components_of(const Recipe& recipe, const AblationData& data) {
  Collector found(recipe, data);
  found.add(model_switches());
  if (recipe.ranks()) {
    found.add(ranker_switches());
    found.add(head_components(recipe, data));
  }
  if (recipe.model == train::ModelKind::kInteractRank) {
    found.add(interact_switches());
    found.add(counter_components(recipe, data));
  }
  if (!recipe.ranks()) found.add(retriever_switches());
  found.add(training_switches());
  return found.take();
}

std::vector<Component> chosen_components(const std::vector<Component>& all,
                                         const std::vector<std::string>& only,
                                         const std::vector<std::string>& leave) {
  for (const std::string& name : only) {
    const Component& one = find(all, name, "--only");
    if (!one.obstacle.empty()) {
      throw Error("--only: '" + name + "' cannot be taken out: " + one.obstacle);
    }
  }
  for (const std::string& name : leave) find(all, name, "--without");
  std::vector<Component> chosen;
  for (const Component& one : all) {
    if (!one.obstacle.empty() || names(leave, one)) continue;
    if (only.empty() || names(only, one)) chosen.push_back(one);
  }
  return chosen;
}

std::string folder_name(const std::string& component) {
  std::string name = component;
  for (char& c : name) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0;
    if (!plain && c != '.' && c != '_' && c != '+' && c != '-') c = '-';
  }
  return name;
}

}  // namespace kaskad
