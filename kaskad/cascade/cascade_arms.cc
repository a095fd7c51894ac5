#include "kaskad/cascade/cascade_arms.h"

#include <map>

#include "kaskad/cascade/load_cascade.h"
#include "kaskad/core/error.h"

namespace kaskad {
namespace {

// What a combination of arms serves.
struct ArmServed {
  std::string path;            // of the cascade's file
  std::vector<TomlEntry> set;  // other values in it
  std::string who;             // the arms, for an error

  // Equal for combinations that serve the same.
  std::string key() const {
    std::string text = path;
    for (const TomlEntry& entry : set) text += "\n" + entry.key + " = " + entry.value;
    return text;
  }
};

void add_arm(const ExperimentLayer& layer, const ExperimentArm& arm, const std::string& base,
             ArmServed& served) {
  served.who +=
      (served.who.empty() ? "arm '" : ", arm '") + arm.name + "' of layer '" + layer.name + "'";
  if (arm.cascade) {
    if (served.path != base && *arm.cascade != served.path) {
      throw Error(arm.cascade_place.text + ": found '" + *arm.cascade + "' where " + served.who +
                  " meet, expected cascades of their own in one layer alone");
    }
    served.path = *arm.cascade;
  }
  for (const TomlEntry& entry : arm.overrides) {
    for (const TomlEntry& other : served.set) {
      if (other.key != entry.key) continue;
      throw Error(entry.place.text + ": found '" + entry.key + "', which " + other.place.text +
                  " sets, too, expected layers that leave each other's keys alone");
    }
    served.set.push_back(entry);
  }
}

}  // namespace

CascadeArms::CascadeArms(ExperimentConfig config, const std::string& base,
                         std::shared_ptr<StageThreads> threads)
    : assignment_(std::move(config)) {
  const auto& layers = assignment_.config().layers;
  down_ = std::make_unique<std::atomic<uint64_t>[]>(layers.size());
  size_t combinations = 1;
  for (const ExperimentLayer& layer : layers) {
    combinations *= layer.arms.size() + 1;
    if (combinations <= kMostCombinations) continue;
    throw Error(assignment_.config().file + ": found more than " +
                std::to_string(kMostCombinations) +
                " combinations of arms, expected fewer layers or arms");
  }
  LoadedParts loaded;
  std::map<std::string, const Cascade*> by_key;
  for (size_t number = 0; number < combinations; ++number) {
    const Arms arms = arms_of(number);
    ArmServed served{base, {}, ""};
    for (size_t layer = 0; layer < layers.size(); ++layer) {
      if (arms[layer]) add_arm(layers[layer], layers[layer].arms[*arms[layer]], base, served);
    }
    const Cascade*& cascade = by_key[served.key()];
    if (!cascade) {
      try {
        distinct_.push_back(
            load_cascade(CascadeConfig::from_toml(served.path, served.set), threads, loaded));
      } catch (const Error& error) {
        if (number == 0) throw;
        throw Error(assignment_.config().file + ", " + served.who + ": " + error.what());
      }
      cascade = distinct_.back().get();
    }
    by_combination_.push_back(cascade);
  }
  base_ = distinct_.front();
}

// Digits of a number, each layer's of base (arms + 1): 0 is none.
size_t CascadeArms::number_of(const Arms& arms) const {
  const auto& layers = assignment_.config().layers;
  size_t number = 0;
  for (size_t layer = layers.size(); layer-- > 0;) {
    number = number * (layers[layer].arms.size() + 1) + (arms[layer] ? *arms[layer] + 1 : 0);
  }
  return number;
}

CascadeArms::Arms CascadeArms::arms_of(size_t number) const {
  Arms arms;
  for (const ExperimentLayer& layer : assignment_.config().layers) {
    const size_t digit = number % (layer.arms.size() + 1);
    number /= layer.arms.size() + 1;
    arms.push_back(digit == 0 ? std::nullopt : std::optional(digit - 1));
  }
  return arms;
}

CascadeArms::Choice CascadeArms::choose(const std::optional<std::string>& user_id) const {
  if (!user_id) return {base_.get(), {}};
  Arms arms = assignment_.of(*user_id).arms;
  Choice choice;
  const auto& layers = assignment_.config().layers;
  for (size_t layer = 0; layer < layers.size(); ++layer) {
    std::optional<size_t>& arm = arms[layer];
    if (!arm) continue;
    if (is_down(layer, *arm)) {
      arm = layers[layer].control;
    } else {
      choice.arms.emplace_back(layers[layer].name, layers[layer].arms[*arm].name);
    }
  }
  choice.cascade = by_combination_[number_of(arms)];
  return choice;
}

bool CascadeArms::take_down(size_t layer, size_t arm) const {
  const uint64_t bit = uint64_t{1} << arm;
  return (down_[layer].fetch_or(bit) & bit) == 0;
}

}  // namespace kaskad
