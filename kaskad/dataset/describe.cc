#include "kaskad/dataset/describe.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <map>
#include <span>

#include "kaskad/dataset/describe_time.h"

namespace kaskad {
namespace {

constexpr size_t kMaxWeightValues = 20;
constexpr size_t kCurvePoints = 100;
constexpr uint64_t kUsersPerReport = 1 << 16;  // users

// `counts` are all positive.
Distribution distribution_of(std::vector<uint32_t> counts) {
  Distribution result;
  if (counts.empty()) return result;
  std::sort(counts.begin(), counts.end());
  result.min = counts.front();
  result.max = counts.back();
  double sum = 0;
  uint64_t from = std::bit_floor(counts.front());
  for (const uint32_t count : counts) {
    sum += count;
    for (; from <= count; from *= 2) result.histogram.push_back({from, 2 * from - 1, 0});
    ++result.histogram.back().count;
  }
  result.mean = sum / static_cast<double>(counts.size());
  for (size_t q = 0; q < kQuantilePercents.size(); ++q) {
    // Nearest rank: the smallest value that at least p percent do not exceed.
    const size_t rank = (counts.size() * static_cast<size_t>(kQuantilePercents[q]) + 99) / 100;
    result.quantiles[q] = counts[std::max<size_t>(rank, 1) - 1];
  }
  return result;
}

// gini = sum_i (2 i - n - 1) x_i / (n sum x), x ascending, i from 1.
double gini_of(std::span<const uint32_t> descending) {
  const double n = static_cast<double>(descending.size());
  double weighted = 0, sum = 0;
  for (size_t rank = 0; rank < descending.size(); ++rank) {
    const double i = n - static_cast<double>(rank);
    weighted += (2 * i - n - 1) * descending[rank];
    sum += descending[rank];
  }
  return sum > 0 ? weighted / (n * sum) : 0;
}

Popularity popularity_of(std::vector<uint32_t> counts) {
  Popularity result;
  if (counts.empty()) return result;
  std::sort(counts.begin(), counts.end(), std::greater<>());
  result.gini = gini_of(counts);
  std::vector<uint64_t> rows_of_top(1, 0);
  for (const uint32_t count : counts) rows_of_top.push_back(rows_of_top.back() + count);
  const auto point = [&](size_t items) {
    return Popularity::Point{
        static_cast<double>(items) / static_cast<double>(counts.size()), items,
        static_cast<double>(rows_of_top[items]) / static_cast<double>(rows_of_top.back())};
  };
  for (const double share : {0.01, 0.1, 0.5}) {
    const double items = std::round(share * static_cast<double>(counts.size()));
    result.head.push_back(point(std::max<size_t>(static_cast<size_t>(items), 1)));
  }
  const size_t points = std::min(kCurvePoints, counts.size());
  for (size_t p = 0; p <= points; ++p) result.curve.push_back(point(counts.size() * p / points));
  return result;
}

Description::Weights weights_of(std::span<const float> weights) {
  Description::Weights result;
  if (weights.empty()) return result;
  std::map<float, uint64_t> counts;
  double sum = 0;
  result.min = result.max = weights[0];
  for (const float weight : weights) {
    sum += weight;
    result.min = std::min(result.min, weight);
    result.max = std::max(result.max, weight);
    if (counts.size() <= kMaxWeightValues) ++counts[weight];
  }
  result.mean = sum / static_cast<double>(weights.size());
  if (counts.size() <= kMaxWeightValues) result.values.assign(counts.begin(), counts.end());
  return result;
}

std::vector<Description::Feature> features_of(const FeatureTable& table) {
  std::vector<Description::Feature> result;
  const double rows = std::max<double>(1, static_cast<double>(table.rows));
  for (const CategoricalFeature& feature : table.categorical) {
    double known = 0;
    for (size_t row = 0; row < table.rows; ++row) {
      known += feature.offsets[row + 1] > feature.offsets[row];
    }
    result.push_back({feature.name, true, feature.names.size(), 1, known / rows});
  }
  for (const DenseFeature& feature : table.dense) {
    double known = 0;
    for (size_t row = 0; row < table.rows; ++row) {
      known += !std::isnan(feature.values[row * feature.dimension]);
    }
    result.push_back({feature.name, false, 0, feature.dimension, known / rows});
  }
  return result;
}

// Everything that one walk over the histories tells.
class Walk {
 public:
  Walk(const Dataset& data, Description& description)
      : clock_(data.time_kind() == TimeKind::kClock),
        out_(description),
        periods_(description.first_time, description.last_time),
        last_user_(data.num_items(), std::numeric_limits<uint32_t>::max()),
        item_count_(data.num_items(), 0) {}

  void add(uint32_t user, const History& history) {
    history_length_.push_back(static_cast<uint32_t>(history.size()));
    for (size_t i = 0; i < history.size(); ++i) {
      const size_t item = index(history.items[i]);
      out_.repeats += last_user_[item] == user;
      last_user_[item] = user;
      ++item_count_[item];
      if (clock_) periods_.add(history.times[i]);
      if (i == 0) continue;
      ++out_.pairs;
      out_.ties += history.times[i] == history.times[i - 1];
      if (clock_) gaps_.add(history.times[i] - history.times[i - 1]);
    }
  }

  void finish() {
    out_.history_length = distribution_of(std::move(history_length_));
    out_.item_count = distribution_of(item_count_);
    out_.popularity = popularity_of(std::move(item_count_));
    if (!clock_) return;
    out_.period_unit = periods_.unit();
    out_.periods = periods_.rows();
    out_.gaps = gaps_.rows();
  }

 private:
  bool clock_;
  Description& out_;
  PeriodCounter periods_;
  GapCounter gaps_;
  std::vector<uint32_t> last_user_;  // (items): the last user who had it, so that repeats show
  std::vector<uint32_t> item_count_, history_length_;
};

}  // namespace

Description describe(const Dataset& data, const Progress& progress) {
  Description result;
  result.directory = data.directory();
  result.hash = data.hash();
  result.rows = data.num_events();
  result.users = data.num_users();
  result.items = data.num_items();
  result.time_kind = data.time_kind();
  if (!data.time().empty()) {
    const auto [first, last] = std::minmax_element(data.time().begin(), data.time().end());
    result.first_time = *first;
    result.last_time = *last;
  }
  Walk walk(data, result);
  for (uint32_t user = 0; user < data.num_users(); ++user) {
    walk.add(user, data.history(UserId{user}));
    if (user % kUsersPerReport == 0) report(progress, {"describing", user, data.num_users(), ""});
  }
  walk.finish();
  const double cells = static_cast<double>(result.users) * static_cast<double>(result.items);
  if (cells > 0) result.density = static_cast<double>(result.rows - result.repeats) / cells;
  for (const std::string& name : data.action_names()) result.actions.push_back({name, 0});
  for (const uint8_t action : data.action()) ++result.actions.at(action).rows;
  result.weights = weights_of(data.weight());
  result.item_features = features_of(data.item_features());
  result.user_features = features_of(data.user_features());
  return result;
}

}  // namespace kaskad
