#include "kaskad/counters/counter_values.h"

#include "kaskad/core/error.h"

namespace kaskad {
namespace {

// Decayed counts fade without ever being zero.
constexpr double kNothing = 1e-9;

}  // namespace

CounterLayout::CounterLayout(const CounterSpec& spec, const std::vector<std::string>& heads)
    : spec_(spec), events_{"shown"} {
  events_.insert(events_.end(), heads.begin(), heads.end());
}

size_t CounterLayout::num_features() const {
  const size_t shares = spec_.shares ? num_values() : 0;
  const size_t rates = spec_.rates ? (num_events() - 1) * num_horizons() : 0;
  return shares + rates + num_values();
}

std::vector<std::string> CounterLayout::feature_names(const std::string& segment) const {
  const std::vector<std::string> horizons = spec_.horizon_names();
  std::vector<std::string> names;
  const auto add = [&](const std::string& kind, size_t first_event) {
    for (size_t e = first_event; e < num_events(); ++e) {
      for (const std::string& horizon : horizons) {
        std::string name = kind + "_" + segment;
        name += "_" + events_[e] + "_" + horizon;
        names.push_back(std::move(name));
      }
    }
  };
  if (spec_.shares) add("share", 0);
  if (spec_.rates) add("rate", 1);
  add("missing", 0);
  return names;
}

CounterLayout::Writer::Writer(const CounterLayout& layout)
    : layout_(layout),
      prior_events_(static_cast<float>(layout.spec_.prior_events)),
      prior_total_(static_cast<float>(layout.spec_.prior_total)),
      inverse_(layout.num_values()),
      missing_(layout.num_values()) {}

void CounterLayout::Writer::begin(std::span<const double> total) {
  KASKAD_ASSERT(total.size() == inverse_.size());
  for (size_t v = 0; v < total.size(); ++v) {
    inverse_[v] = static_cast<float>(1 / (total[v] + layout_.spec_.prior_total));
    missing_[v] = total[v] < kNothing ? 1.0F : 0.0F;
  }
}

void CounterLayout::Writer::write(const float* pair, float* out) const {
  const size_t values = inverse_.size(), horizons = layout_.num_horizons();
  if (layout_.spec_.shares) {
    for (size_t v = 0; v < values; ++v) *out++ = (pair[v] + prior_events_) * inverse_[v];
  }
  if (layout_.spec_.rates) {
    for (size_t v = horizons; v < values; v += horizons) {
      for (size_t h = 0; h < horizons; ++h) {
        *out++ = (pair[v + h] + prior_events_) / (pair[h] + prior_total_);
      }
    }
  }
  for (size_t v = 0; v < values; ++v) *out++ = missing_[v];
}

}  // namespace kaskad
