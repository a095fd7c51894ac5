// The users of an experiment with what each of them saw and did, added up: what there is in memory
// while a log of any length is read. Filled by attribution.h and table.h, read by analysis.h.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "kaskad/experiment/metric.h"
#include "kaskad/experiment/moments.h"

namespace kaskad::ab {

// A user's place in one layer.
struct Membership {
  uint16_t layer = 0;
  uint16_t arm = 0;               // the first one seen
  bool mixed = false;             // seen in another arm, too: left out of the figures
  std::vector<double> sums = {};  // by column; columns behind the end are 0
};

struct PopulationUser {
  std::vector<Membership> memberships = {};
  std::vector<double> before = {};  // by column: before the experiment, whatever the arm
};

struct PopulationLayer {
  std::string experiment, name;
  std::vector<std::string> arms = {};  // in the order they were seen
};

class Population {
 public:
  const std::vector<PopulationLayer>& layers() const { return layers_; }
  const std::vector<PopulationUser>& users() const { return users_; }

  // Index of the layer, the arm, the user of this hash; new ones are added.
  uint16_t layer(const std::string& experiment, const std::string& name);
  uint16_t arm(uint16_t layer, const std::string& name);
  uint32_t user(uint64_t id);
  std::optional<uint32_t> find_user(uint64_t id) const;
  PopulationUser& user_at(uint32_t user) { return users_[user]; }

  // The index of the user's membership in this layer; one more arm than before makes it mixed.
  size_t join(uint32_t user, uint16_t layer, uint16_t arm);

  // (layers)(arms): users that are not mixed.
  std::vector<std::vector<Moments>> moments(const Metric& metric) const;
  // (layers): users seen in more than one arm.
  std::vector<uint64_t> mixed() const;

 private:
  std::vector<PopulationLayer> layers_;
  std::map<std::pair<std::string, std::string>, uint16_t> layer_of_;
  std::unordered_map<uint64_t, uint32_t> user_of_;
  std::vector<PopulationUser> users_;
};

// Adds to a column, which may not be there yet.
inline void add_to(std::vector<double>& sums, size_t column, double value) {
  if (sums.size() <= column) sums.resize(column + 1);
  sums[column] += value;
}

}  // namespace kaskad::ab
