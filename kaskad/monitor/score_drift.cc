#include "kaskad/monitor/score_drift.h"

#include <cmath>

namespace kaskad {

void ScoreDrift::collect(std::span<const float> scores) {
  for (const float score : scores) {
    if (std::isfinite(score)) collected_.push_back(score);
  }
  ++collected_answers_;
}

void ScoreDrift::make_reference() {
  QuantileBins bins(collected_, options_.bins);
  std::vector<uint64_t> counts(bins.size());
  for (const float score : collected_) ++counts[bins.bin_of(score)];
  live_.assign(counts.size(), 0);
  window_.reserve(options_.window);
  reference_.emplace(std::move(bins), std::move(counts));
  collected_ = {};
}

void ScoreDrift::add_trial(std::span<const float> scores) {
  const std::lock_guard lock(mutex_);
  if (!scores.empty()) collect(scores);
}

void ScoreDrift::end_trials() {
  const std::lock_guard lock(mutex_);
  of_trials_ = collected_answers_ >= options_.trial_answers && !collected_.empty();
  if (of_trials_) make_reference();
  collected_.clear();
  collected_answers_ = 0;
}

void ScoreDrift::observe(std::span<const float> scores) {
  if (scores.empty()) return;
  const std::lock_guard lock(mutex_);
  if (!reference_) {
    collect(scores);
    if (collected_answers_ >= options_.reference_answers && !collected_.empty()) make_reference();
    return;
  }
  ++answers_;
  for (const float score : scores) {
    if (!std::isfinite(score)) continue;
    const auto bin = static_cast<uint8_t>(reference_->bins.bin_of(score));
    ++live_[bin];
    if (window_.size() < options_.window) {
      window_.push_back(bin);
      continue;
    }
    --live_[window_[next_]];
    window_[next_] = bin;
    next_ = (next_ + 1) % window_.size();
  }
}

std::optional<ScoreDrift::Reading> ScoreDrift::reading() const {
  const std::lock_guard lock(mutex_);
  if (!reference_) return std::nullopt;
  Reading reading{.of_trials = of_trials_, .answers = answers_};
  if (answers_ >= options_.least_answers && !window_.empty()) {
    reading.psi = stability_index(reference_->counts, live_);
  }
  return reading;
}

}  // namespace kaskad
