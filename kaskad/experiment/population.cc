#include "kaskad/experiment/population.h"

#include <algorithm>

#include "kaskad/core/error.h"

namespace kaskad::ab {
namespace {

// Far more than any experiment has; a log with an id in the place of an arm's name ends here.
constexpr size_t kMostLayers = 1000, kMostArms = 1000;

}  // namespace

uint16_t Population::layer(const std::string& experiment, const std::string& name) {
  const auto [found, added] =
      layer_of_.try_emplace({experiment, name}, static_cast<uint16_t>(layers_.size()));
  if (added) {
    if (layers_.size() == kMostLayers) {
      throw Error("found layer '" + name + "', expected at most " + std::to_string(kMostLayers) +
                  " layers");
    }
    layers_.push_back({experiment, name});
  }
  return found->second;
}

uint16_t Population::arm(uint16_t layer, const std::string& name) {
  std::vector<std::string>& arms = layers_[layer].arms;
  const auto found = std::ranges::find(arms, name);
  if (found != arms.end()) return static_cast<uint16_t>(found - arms.begin());
  if (arms.size() == kMostArms) {
    throw Error("layer '" + layers_[layer].name + "': found arm '" + name + "', expected at most " +
                std::to_string(kMostArms) + " arms");
  }
  arms.push_back(name);
  return static_cast<uint16_t>(arms.size() - 1);
}

uint32_t Population::user(uint64_t id) {
  const auto [found, added] = user_of_.try_emplace(id, static_cast<uint32_t>(users_.size()));
  if (added) users_.emplace_back();
  return found->second;
}

std::optional<uint32_t> Population::find_user(uint64_t id) const {
  const auto found = user_of_.find(id);
  return found == user_of_.end() ? std::nullopt : std::optional(found->second);
}

size_t Population::join(uint32_t user, uint16_t layer, uint16_t arm) {
  std::vector<Membership>& memberships = users_[user].memberships;
  const auto found = std::ranges::find(memberships, layer, &Membership::layer);
  if (found == memberships.end()) {
    memberships.push_back({layer, arm});
    return memberships.size() - 1;
  }
  if (found->arm != arm) found->mixed = true;
  return static_cast<size_t>(found - memberships.begin());
}

std::vector<std::vector<Moments>> Population::moments(const Metric& metric) const {
  std::vector<std::vector<Moments>> moments(layers_.size());
  for (size_t l = 0; l < layers_.size(); ++l) moments[l].resize(layers_[l].arms.size());
  for (const PopulationUser& user : users_) {
    for (const Membership& member : user.memberships) {
      if (member.mixed) continue;
      moments[member.layer][member.arm].add(part_of(metric, member.sums, user.before));
    }
  }
  return moments;
}

std::vector<uint64_t> Population::mixed() const {
  std::vector<uint64_t> mixed(layers_.size());
  for (const PopulationUser& user : users_) {
    for (const Membership& member : user.memberships) mixed[member.layer] += member.mixed;
  }
  return mixed;
}

}  // namespace kaskad::ab
