// Features of the request itself: what the retriever said, what came along, the history.
#include <algorithm>
#include <numeric>

#include "kaskad/ranking/feature_groups.h"

namespace kaskad {
namespace {

class RetrievalFeatures : public FeatureGroup {
 public:
  std::vector<FeatureColumn> columns() const override {
    return {{"retrieval_rank"}, {"retrieval_score"}, {"retrieval_below_best"}, {"retrieval_share"}};
  }

  void fill(const RankRequest& request, float* out, size_t stride) const override {
    float best = -std::numeric_limits<float>::infinity();
    for (const float score : request.scores) best = std::fmax(best, score);
    for (size_t i = 0; i < request.candidates.size(); ++i, out += stride) {
      const uint32_t rank = request.ranks.empty() ? 0 : request.ranks[i];
      const float score = request.scores.empty() ? kMissing : request.scores[i];
      out[0] = rank == 0 ? kMissing : static_cast<float>(rank);
      out[1] = score;
      out[2] = best - score;
      out[3] = best > 0 ? score / best : kMissing;
    }
  }
};

class ContextFeatures : public FeatureGroup {
 public:
  explicit ContextFeatures(std::vector<std::string> names) : names_(std::move(names)) {}

  std::vector<FeatureColumn> columns() const override {
    std::vector<FeatureColumn> columns;
    for (const std::string& name : names_) {
      columns.push_back({"shown_" + name});
      columns.push_back({"shown_" + name + "_over_least"});
      columns.push_back({"shown_" + name + "_place"});
    }
    return columns;
  }

  void fill(const RankRequest& request, float* out, size_t stride) const override {
    std::vector<float> values(request.candidates.size()), sorted;
    for (size_t c = 0; c < names_.size(); ++c) {
      for (size_t i = 0; i < values.size(); ++i) {
        values[i] = request.context.empty() ? kMissing : request.context[i * names_.size() + c];
      }
      fill_one(values, sorted, out + 3 * c, stride);
    }
  }

 private:
  // The place is the share of the known values that are lower.
  static void fill_one(const std::vector<float>& values, std::vector<float>& sorted, float* out,
                       size_t stride) {
    sorted.clear();
    std::copy_if(values.begin(), values.end(), std::back_inserter(sorted),
                 [](float value) { return !std::isnan(value); });
    std::sort(sorted.begin(), sorted.end());
    for (size_t i = 0; i < values.size(); ++i, out += stride) {
      const float value = values[i];
      out[0] = value;
      out[1] = out[2] = kMissing;
      if (std::isnan(value)) continue;
      if (sorted.front() > 0) out[1] = value / sorted.front();
      const auto lower = std::lower_bound(sorted.begin(), sorted.end(), value) - sorted.begin();
      out[2] = static_cast<float>(lower) / static_cast<float>(sorted.size());
    }
  }

  const std::vector<std::string> names_;
};

float hours_between(int64_t earlier, int64_t later) {
  return static_cast<float>(static_cast<double>(later - earlier) / kHour);
}

// Days since 1970-01-01, a Thursday, and what is left of the day; also before 1970.
struct ClockTime {
  explicit ClockTime(int64_t milliseconds) {
    constexpr int64_t kDay = 24 * static_cast<int64_t>(kHour);
    const int64_t day = milliseconds / kDay - (milliseconds % kDay < 0 ? 1 : 0);
    const int64_t whole_hours = (milliseconds - day * kDay) / static_cast<int64_t>(kHour);
    hour = static_cast<float>(whole_hours);
    weekday = static_cast<float>(((day + 3) % 7 + 7) % 7);  // 0: Monday
  }
  float hour, weekday;
};

class HistoryFeatures : public FeatureGroup {
 public:
  explicit HistoryFeatures(bool clock) : clock_(clock) {}

  std::vector<FeatureColumn> columns() const override {
    std::vector<FeatureColumn> columns = {{"history_length"}, {"seen_count"}, {"seen_events_ago"}};
    if (clock_) {
      columns.insert(
          columns.end(),
          {{"seen_hours_ago"}, {"hours_since_last_event"}, {"hour_of_day"}, {"weekday", 7}});
    }
    return columns;
  }

  void fill(const RankRequest& request, float* out, size_t stride) const override {
    const History& history = request.history;
    const ClockTime time(request.now);
    const float idle =
        history.times.empty() ? kMissing : hours_between(history.times.back(), request.now);
    for (size_t i = 0; i < request.candidates.size(); ++i) {
      float* row = out + i * stride;
      row[0] = static_cast<float>(history.size());
      row[1] = 0;
      row[2] = kMissing;
      if (!clock_) continue;
      row[3] = kMissing;
      row[4] = idle;
      row[5] = time.hour;
      row[6] = time.weekday;
    }
    fill_seen(request, out, stride);
  }

 private:
  // One walk over the history, the candidates looked up in sorted order.
  void fill_seen(const RankRequest& request, float* out, size_t stride) const {
    const auto candidates = request.candidates;
    std::vector<uint32_t> order(candidates.size());
    std::iota(order.begin(), order.end(), 0u);
    std::sort(order.begin(), order.end(),
              [&](uint32_t a, uint32_t b) { return candidates[a] < candidates[b]; });
    const History& history = request.history;
    for (size_t e = 0; e < history.size(); ++e) {
      const ItemId item = history.items[e];
      if (item == kNoItem) continue;
      auto at = std::lower_bound(order.begin(), order.end(), item,
                                 [&](uint32_t a, ItemId b) { return candidates[a] < b; });
      for (; at != order.end() && candidates[*at] == item; ++at) {
        float* row = out + *at * stride;
        row[1] += 1;
        row[2] = static_cast<float>(history.size() - 1 - e);
        if (clock_) row[3] = hours_between(history.times[e], request.now);
      }
    }
  }

  const bool clock_;
};

}  // namespace

std::unique_ptr<FeatureGroup> retrieval_features() { return std::make_unique<RetrievalFeatures>(); }

std::unique_ptr<FeatureGroup> context_features(std::vector<std::string> names) {
  return std::make_unique<ContextFeatures>(std::move(names));
}

std::unique_ptr<FeatureGroup> history_features(TimeKind time_kind) {
  return std::make_unique<HistoryFeatures>(time_kind == TimeKind::kClock);
}

}  // namespace kaskad
