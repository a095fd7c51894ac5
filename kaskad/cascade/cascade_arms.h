// The cascades of an experiment: one for each combination of its layers' arms, and which of them a
// user gets. Made by `kaskad serve --experiment`, asked for each request.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kaskad/cascade/cascade.h"
#include "kaskad/experiment/assignment.h"

namespace kaskad {

// Arms that serve the base cascade as it is share it; the others share what bundles they have in
// common. Thread-safe; read-only but for arms that are taken down.
class CascadeArms {
 public:
  // Reads every arm's cascade, so that an arm that cannot be served is found before any is. Throws
  // Error naming the arm, and the place in a file.
  CascadeArms(ExperimentConfig config, const std::string& base,
              std::shared_ptr<StageThreads> threads);

  struct Choice {
    const Cascade* cascade = nullptr;
    std::vector<std::pair<std::string, std::string>> arms = {};  // layer, arm; none for the rest
  };
  // Without a user: the base cascade, and no arms.
  Choice choose(const std::optional<std::string>& user_id) const;

  // From the next request on, users of the arm get what the layer's control serves, and no arm in
  // this layer: the control's figures stay those of its own users. False where it was down before.
  bool take_down(size_t layer, size_t arm) const;
  bool is_down(size_t layer, size_t arm) const { return down_[layer] >> arm & 1; }

  bool held_out(const std::string& user_id) const { return assignment_.held_out(user_id); }

  const ExperimentConfig& config() const { return assignment_.config(); }
  std::shared_ptr<const Cascade> base() const { return base_; }
  const std::vector<std::shared_ptr<const Cascade>>& distinct() const { return distinct_; }

  // More would be a mistake: each has tables of the whole catalogue.
  static constexpr size_t kMostCombinations = 64;

 private:
  using Arms = std::vector<std::optional<size_t>>;  // (layers)

  size_t number_of(const Arms& arms) const;
  Arms arms_of(size_t number) const;

  const Assignment assignment_;
  std::shared_ptr<const Cascade> base_;
  std::vector<std::shared_ptr<const Cascade>> distinct_;  // the base first
  std::vector<const Cascade*> by_combination_;            // number_of() each layer's arm, or none
  std::unique_ptr<std::atomic<uint64_t>[]> down_;         // (layers): a bit an arm
};

}  // namespace kaskad
