// Popularity and recency of the candidates as of the request.
#include <string_view>

#include "kaskad/ranking/feature_groups.h"

namespace kaskad {
namespace {

struct Window {
  std::string_view name;
  double hours;
};
constexpr Window kWindows[] = {{"popularity_1h", 1},
                               {"popularity_1d", 24},
                               {"popularity_7d", 7 * 24},
                               {"popularity_30d", 30 * 24}};

class CounterFeatures : public FeatureGroup {
 public:
  explicit CounterFeatures(std::shared_ptr<const ItemCounters> counters)
      : counters_(std::move(counters)), clock_(counters_->time_kind() == TimeKind::kClock) {}

  // Per million events: the share stays where it is while the log grows.
  std::vector<FeatureColumn> columns() const override {
    std::vector<FeatureColumn> columns = {{"popularity"}, {"popularity_per_million"}};
    if (!clock_) return columns;
    for (const Window& window : kWindows) columns.push_back({std::string(window.name)});
    columns.push_back({"hours_since_item_event"});
    for (const double days : counters_->decay_days()) {
      columns.push_back({"popularity_decayed_" + std::to_string(std::lround(days)) + "d"});
    }
    return columns;
  }

  void fill(const RankRequest& request, float* out, size_t stride) const override {
    const auto total = static_cast<double>(counters_->total(request.now, request.live));
    for (const ItemId item : request.candidates) {
      const ItemMoment moment = counters_->at(item, request.now, request.live);
      out[0] = static_cast<float>(moment.count);
      out[1] = total > 0 ? static_cast<float>(1e6 * moment.count / total) : 0.0f;
      if (clock_) fill_recent(item, moment, request.now, out + 2);
      out += stride;
    }
  }

 private:
  void fill_recent(ItemId item, const ItemMoment& moment, int64_t now, float* out) const {
    for (const Window& window : kWindows) {
      const auto from = now - static_cast<int64_t>(window.hours * kHour);
      *out++ = static_cast<float>(counters_->count_since(item, moment, from));
    }
    *out++ = moment.count == 0 ? kMissing
                               : static_cast<float>(static_cast<double>(now - moment.last) / kHour);
    for (size_t tau = 0; tau < counters_->decay_days().size(); ++tau) {
      *out++ = static_cast<float>(counters_->decayed(item, moment, tau, now));
    }
  }

  const std::shared_ptr<const ItemCounters> counters_;
  const bool clock_;
};

}  // namespace

std::unique_ptr<FeatureGroup> counter_features(std::shared_ptr<const ItemCounters> counters) {
  return std::make_unique<CounterFeatures>(std::move(counters));
}

}  // namespace kaskad
