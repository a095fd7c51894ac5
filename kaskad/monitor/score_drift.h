// Whether the scores of one stage are distributed as they were when it began to serve. Fed by the
// server with some scores of each answer; shown as kaskad_stage_score_psi.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "kaskad/monitor/stability_index.h"

namespace kaskad {

struct DriftOptions {
  size_t bins = 10;
  size_t reference_answers = 500;  // of clients, where no trial gave a reference
  size_t trial_answers = 100;      // fewer answers of trials are no reference
  size_t window = 32'000;          // the newest scores that are compared
  size_t least_answers = 200;      // before anything is said
};

// Thread-safe.
class ScoreDrift {
 public:
  explicit ScoreDrift(const DriftOptions& options) : options_(options) {}

  // Scores of an answer that was made at loading; then end_trials(), before anything is observed.
  void add_trial(std::span<const float> scores);
  void end_trials();

  // Scores of one answer to a client. The first ones become the reference where there is none.
  void observe(std::span<const float> scores);

  struct Reading {
    bool of_trials = false;          // the reference; else of the first clients
    size_t answers = 0;              // observed since there is a reference
    std::optional<double> psi = {};  // nothing: too few answers yet
  };
  std::optional<Reading> reading() const;  // nothing: there is no reference yet

 private:
  struct Reference {
    QuantileBins bins;
    std::vector<uint64_t> counts;  // (bins)
  };

  void collect(std::span<const float> scores);
  void make_reference();

  const DriftOptions options_;
  mutable std::mutex mutex_;
  std::vector<float> collected_;  // for the reference
  size_t collected_answers_ = 0, answers_ = 0;
  bool of_trials_ = false;
  std::optional<Reference> reference_;
  std::vector<uint8_t> window_;  // bins of the newest scores; a ring once it is full
  size_t next_ = 0;
  std::vector<uint64_t> live_;  // (bins) counts of the window
};

}  // namespace kaskad
