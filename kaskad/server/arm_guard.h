// Takes arms down that are worse than their control for sure, where the experiment's file asks for
// it (`[take_down]`): a canary that loses is rolled back before anybody looks. Called with each
// answer of an experiment (cascade_api.cc); lives as long as the server, across reloads.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "kaskad/monitor/arm_answers.h"
#include "kaskad/server/live_state.h"
#include "kaskad/server/served.h"

namespace kaskad {

// An arm that was taken down, and why.
struct TakenArm {
  std::string experiment, layer, arm, control;
  std::string reason;  // "sifr", "ctr" or "degraded"
  std::string why;     // a sentence with figures
  double seconds = 0;  // since 1970
};

// Thread-safe.
class ArmGuard {
 public:
  // `live` may be null: then no metric is known, and only degraded answers are looked at. `tell` is
  // told of each arm that goes, in a sentence; may be empty.
  ArmGuard(const LiveState* live, std::function<void(const std::string&)> tell);

  // An answer to a user of these arms (layer, arm). From time to time it looks at all of them: the
  // intervals hold however often that is.
  void answered(const Served& served, const std::vector<std::pair<std::string, std::string>>& arms,
                std::string_view user_id, bool degraded);
  static constexpr uint64_t kAnswersALook = 128;

  // These begin to answer: arms that were taken down stay down, until the server is started again
  // or the experiment, the layer or the arm has another name.
  void begin(const Served& served) const;

  std::vector<TakenArm> taken() const;

 private:
  void look(const CascadeArms& arms);
  void repeat(const CascadeArms& arms) const;
  void take_down(const CascadeArms& arms, size_t layer, size_t arm, const std::string& reason,
                 const std::string& why);

  const LiveState* const live_;
  const std::function<void(const std::string&)> tell_;
  ArmAnswers answers_;
  std::atomic<uint64_t> seen_{0};
  mutable std::mutex mutex_;
  std::vector<TakenArm> taken_;
};

}  // namespace kaskad
