#include "kaskad/counters/running_segment.h"

#include <algorithm>
#include <cmath>

#include "kaskad/core/error.h"

namespace kaskad {
namespace {

constexpr uint32_t kForward = 1, kBackward = 0xffffffffu;
// Decayed counts are kept as sums of exp((t - landmark) / tau), so that time passing changes none
// of them; the landmark moves before the exponent becomes large.
constexpr double kMostExponent = 100;

}  // namespace

RunningSegment::RunningSegment(const ListOrder& lists, const CounterSpec& spec,
                               const CounterLayout& layout, const CounterFields& fields,
                               const CounterSegment& segment)
    : lists_(lists),
      spec_(spec),
      right_(fields.fields[segment.right]),
      events_(layout.num_events()),
      windows_(spec.windows_days.size()),
      horizons_(spec.num_horizons()),
      top_window_(spec.top > 0 ? ordering_window(spec) : 0),
      left_(fields, segment),
      writer_(layout),
      rows_(segment.left.size()),
      expired_(windows_, 0),
      weights_(spec.decay_days.size()),
      fades_(spec.decay_days.size()),
      total_(layout.num_values()),
      pair_(layout.num_values()) {}

uint32_t RunningSegment::row_of(std::span<const uint32_t> left) {
  const uint32_t row = rows_.add(left);
  if (row < row_keys_.size()) return row;
  row_keys_.push_back(key_of(row, kNoKey));
  if (spec_.top > 0) {
    members_.emplace_back();
    cutoffs_.emplace_back();
    stale_.push_back(0);
  }
  return row;
}

uint32_t RunningSegment::key_of(uint32_t row, uint32_t code) {
  const size_t before = pairs_.size();
  const uint32_t key = pairs_.add(row, code);
  if (pairs_.size() > before) {
    counts_.resize(counts_.size() + events_ * windows_);
    decays_.resize(decays_.size() + events_ * spec_.decay_days.size());
    if (spec_.top > 0 && code != kNoKey) members_[row].push_back({0, code, key});
  }
  return key;
}

void RunningSegment::advance(int64_t now) {
  for (size_t w = 0; w < windows_; ++w) {
    if (spec_.windows_days[w] == 0) continue;
    const int64_t from = now - int64_t{spec_.windows_days[w]} * kMillisecondsADay;
    for (; expired_[w] < lists_.size() && lists_.time(expired_[w]) < from; ++expired_[w]) {
      count(expired_[w], {w, w + 1, kBackward, false});
    }
  }
  if (!begun_) landmark_ = now;
  begun_ = true;
  now_ = now;
  rescale(now);
  for (size_t d = 0; d < weights_.size(); ++d) {
    const double age =
        static_cast<double>(now - landmark_) / (spec_.decay_days[d] * kMillisecondsADay);
    weights_[d] = std::exp(age);
    fades_[d] = std::exp(-age);
  }
}

void RunningSegment::rescale(int64_t now) {
  double most = 0;
  std::vector<double> factors;
  for (const double days : spec_.decay_days) {
    const double age = static_cast<double>(now - landmark_) / (days * kMillisecondsADay);
    most = std::max(most, age);
    factors.push_back(std::exp(-age));
  }
  if (most <= kMostExponent) return;
  for (size_t i = 0; i < decays_.size(); ++i) decays_[i] *= factors[i % factors.size()];
  landmark_ = now;
}

void RunningSegment::add(size_t number) { count(number, {0, windows_, kForward, true}); }

// Impressions and actions of a list's candidates: of the row, and of each pair that has a code.
void RunningSegment::count(size_t number, const Change& change) {
  const ImpressionList list = lists_.list(number);
  const size_t heads = events_ - 1;
  left_.each(list, [&](std::span<const uint32_t> left) {
    const uint32_t row = row_of(left);
    if (spec_.top > 0) stale_[row] = 1;
    for (size_t c = 0; c < list.size(); ++c) {
      uint32_t events = 1;
      for (size_t h = 0; h < heads; ++h)
        events |= uint32_t{list.labels[c * heads + h] > 0} << (h + 1);
      change_key(row_keys_[row], events, change);
      for (const uint32_t code : right_.of(index(list.items[c]))) {
        change_key(key_of(row, code), events, change);
      }
    }
  });
}

void RunningSegment::change_key(uint32_t key, uint32_t events, const Change& change) {
  for (size_t e = 0; e < events_; ++e) {
    if (!(events >> e & 1)) continue;
    uint32_t* counts = &counts_[(key * events_ + e) * windows_];
    for (size_t w = change.first_window; w < change.last_window; ++w) counts[w] += change.step;
    if (!change.decays) continue;
    double* decays = decays_.data() + (key * events_ + e) * weights_.size();
    for (size_t d = 0; d < weights_.size(); ++d) decays[d] += weights_[d];
  }
}

double RunningSegment::decayed(uint32_t key, size_t event, size_t decay) const {
  return decays_[(key * events_ + event) * weights_.size() + decay] * fades_[decay];
}

void RunningSegment::read_total() {
  std::fill(total_.begin(), total_.end(), 0.0);
  for (const uint32_t row : asked_) {
    const uint32_t key = row_keys_[row];
    for (size_t e = 0; e < events_; ++e) {
      double* sum = &total_[e * horizons_];
      for (size_t w = 0; w < windows_; ++w) sum[w] += counts_[(key * events_ + e) * windows_ + w];
      for (size_t d = 0; d < weights_.size(); ++d) sum[windows_ + d] += decayed(key, e, d);
    }
  }
}

const TopCutoff& RunningSegment::cutoff_of(uint32_t row) {
  if (stale_[row]) {
    for (TopEntry& entry : members_[row]) {
      entry.value =
          top_value(&counts_[entry.key * events_ * windows_], events_, windows_, top_window_);
    }
    cutoffs_[row] = top_cutoff(members_[row], spec_.top);
    stale_[row] = 0;
  }
  return cutoffs_[row];
}

void RunningSegment::add_pair(uint32_t row, uint32_t code) {
  const uint32_t key = pairs_.find(row, code);
  if (key == kNoKey) return;
  const uint32_t* counts = &counts_[key * events_ * windows_];
  if (spec_.top > 0 &&
      !cutoff_of(row).keeps(top_value(counts, events_, windows_, top_window_), code)) {
    return;
  }
  for (size_t e = 0; e < events_; ++e) {
    float* sum = &pair_[e * horizons_];
    for (size_t w = 0; w < windows_; ++w) sum[w] += static_cast<float>(counts[e * windows_ + w]);
    for (size_t d = 0; d < weights_.size(); ++d) {
      sum[windows_ + d] += static_cast<float>(decayed(key, e, d));
    }
  }
}

void RunningSegment::read(size_t number, float* out, size_t stride) {
  const ImpressionList list = lists_.list(number);
  asked_.clear();
  left_.each(list, [&](std::span<const uint32_t> left) {
    if (const uint32_t row = rows_.find(left); row != kNoKey) asked_.push_back(row);
  });
  read_total();
  writer_.begin(total_);
  for (size_t c = 0; c < list.size(); ++c) {
    std::fill(pair_.begin(), pair_.end(), 0.0F);
    for (const uint32_t row : asked_) {
      for (const uint32_t code : right_.of(index(list.items[c]))) add_pair(row, code);
    }
    writer_.write(pair_.data(), out + c * stride);
  }
}

}  // namespace kaskad
