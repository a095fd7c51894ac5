// The sources of features, one class each: private to kaskad/ranking/. A group fills its columns of
// all candidates of a request in one call.
#pragma once

#include <cmath>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "kaskad/ranking/features.h"

namespace kaskad {

inline constexpr float kMissing = std::numeric_limits<float>::quiet_NaN();
inline constexpr double kHour = 3'600'000;  // milliseconds

class FeatureGroup {
 public:
  virtual ~FeatureGroup() = default;
  virtual std::vector<FeatureColumn> columns() const = 0;

  // Column c of candidate i is out[i * stride + c].
  virtual void fill(const RankRequest& request, float* out, size_t stride) const = 0;
};

using FeatureGroups = std::vector<std::unique_ptr<FeatureGroup>>;

// Score and rank that the retriever gave.
std::unique_ptr<FeatureGroup> retrieval_features();
// Popularity and recency; `counters` must not be null.
std::unique_ptr<FeatureGroup> counter_features(std::shared_ptr<const ItemCounters> counters);
// The history as a whole, the candidate's place in it, and the clock.
std::unique_ptr<FeatureGroup> history_features(TimeKind time_kind);
// One group for each categorical, dense and vector feature that says something of items.
FeatureGroups item_features(const FeatureTable& items, const FeatureOptions& options);
// The same value for all candidates; only features of one value a user.
FeatureGroups user_features(const FeatureTable& users, const FeatureOptions& options);
// What came with the request, as it is and beside the rest of the list.
std::unique_ptr<FeatureGroup> context_features(std::vector<std::string> names);

// Whether a categorical feature can tell rows apart without naming each: not a title.
bool groups_rows(const CategoricalFeature& feature, size_t rows, const FeatureOptions& options);

}  // namespace kaskad
