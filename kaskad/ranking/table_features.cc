// Features out of the tables of items and users.
#include <algorithm>

#include "kaskad/ranking/feature_groups.h"

namespace kaskad {
namespace {

std::span<const uint32_t> codes_of(const CategoricalFeature& feature, size_t row) {
  if (row + 1 >= feature.offsets.size()) return {};
  return feature.codes.subspan(feature.offsets[row],
                               feature.offsets[row + 1] - feature.offsets[row]);
}

bool single_valued(const CategoricalFeature& feature) {
  for (size_t row = 0; row + 1 < feature.offsets.size(); ++row) {
    if (feature.offsets[row + 1] - feature.offsets[row] > 1) return false;
  }
  return true;
}

float first_code(const CategoricalFeature& feature, size_t row) {
  const auto codes = codes_of(feature, row);
  return codes.empty() ? kMissing : static_cast<float>(codes.front());
}

std::span<const ItemId> newest_of(std::span<const ItemId> items, uint32_t count) {
  return items.last(std::min<size_t>(items.size(), count));
}

// The category itself (a code where items have one, else a 0/1 column a category) and the share of
// the history's events that have it: for a candidate of several categories, their mean.
class ItemCategory : public FeatureGroup {
 public:
  ItemCategory(const CategoricalFeature& feature, const FeatureOptions& options)
      : feature_(feature),
        name_("item_" + feature.name),
        newest_(options.newest),
        single_(single_valued(feature)) {
    if (feature.names.size() > options.max_categories) return;
    values_ = single_ ? 1 : feature.names.size();
  }

  std::vector<FeatureColumn> columns() const override {
    std::vector<FeatureColumn> columns = {
        {name_ + "_history_share"}, {name_ + "_newest_" + std::to_string(newest_) + "_share"}};
    if (values_ > 0 && single_) columns.push_back({name_, feature_.names.size()});
    if (values_ > 0 && !single_) {
      for (const std::string& name : feature_.names) columns.push_back({name_ + "=" + name});
    }
    return columns;
  }

  void fill(const RankRequest& request, float* out, size_t stride) const override {
    std::vector<uint32_t> counts(feature_.names.size());  // (categories)
    const auto items = request.history.items;
    fill_share(items, request.candidates, counts, out, stride);
    fill_share(newest_of(items, newest_), request.candidates, counts, out + 1, stride);
    if (values_ == 0) return;
    for (const ItemId item : request.candidates) {
      if (single_) {
        out[2] = first_code(feature_, index(item));
      } else {
        std::fill_n(out + 2, values_, 0.0f);
        for (const uint32_t code : codes_of(feature_, index(item))) out[2 + code] = 1;
      }
      out += stride;
    }
  }

 private:
  void fill_share(std::span<const ItemId> history, std::span<const ItemId> candidates,
                  std::vector<uint32_t>& counts, float* out, size_t stride) const {
    std::fill(counts.begin(), counts.end(), 0);
    for (const ItemId item : history) {
      for (const uint32_t code : codes_of(feature_, index(item))) ++counts[code];
    }
    for (const ItemId item : candidates) {
      const auto codes = codes_of(feature_, index(item));
      uint64_t common = 0;
      for (const uint32_t code : codes) common += counts[code];
      const double most = static_cast<double>(history.size() * codes.size());
      *out = most > 0 ? static_cast<float>(static_cast<double>(common) / most) : kMissing;
      out += stride;
    }
  }

  const CategoricalFeature& feature_;
  const std::string name_;  // of its columns
  const uint32_t newest_;
  const bool single_;
  size_t values_ = 0;  // columns of the category itself
};

// A number, and how far it lies from the mean of the newest events.
class ItemNumber : public FeatureGroup {
 public:
  ItemNumber(const DenseFeature& feature, const FeatureOptions& options)
      : feature_(feature), name_("item_" + feature.name), newest_(options.newest) {}

  std::vector<FeatureColumn> columns() const override {
    return {{name_}, {name_ + "_above_history"}};
  }

  void fill(const RankRequest& request, float* out, size_t stride) const override {
    double sum = 0;
    size_t known = 0;
    for (const ItemId item : newest_of(request.history.items, newest_)) {
      const float value = value_of(item);
      if (std::isnan(value)) continue;
      sum += value;
      ++known;
    }
    const float mean = known > 0 ? static_cast<float>(sum / static_cast<double>(known)) : kMissing;
    for (const ItemId item : request.candidates) {
      out[0] = value_of(item);
      out[1] = out[0] - mean;
      out += stride;
    }
  }

 private:
  float value_of(ItemId item) const {
    return index(item) < feature_.values.size() ? feature_.values[index(item)] : kMissing;
  }

  const DenseFeature& feature_;
  const std::string name_;
  const uint32_t newest_;
};

// The cosine of a content vector to the mean direction of the newest events.
class ItemVector : public FeatureGroup {
 public:
  ItemVector(const DenseFeature& feature, const FeatureOptions& options)
      : feature_(feature), name_("item_" + feature.name), newest_(options.newest) {}

  std::vector<FeatureColumn> columns() const override { return {{name_ + "_history_cosine"}}; }

  void fill(const RankRequest& request, float* out, size_t stride) const override {
    std::vector<double> sum(feature_.dimension);
    for (const ItemId item : newest_of(request.history.items, newest_)) {
      const auto vector = vector_of(item);
      const double length = std::sqrt(dot(vector, vector));
      if (!(length > 0)) continue;  // NaN where not known
      for (size_t d = 0; d < vector.size(); ++d) sum[d] += vector[d] / length;
    }
    const double length =
        std::sqrt(dot(std::span<const double>(sum), std::span<const double>(sum)));
    for (const ItemId item : request.candidates) {
      const auto vector = vector_of(item);
      const double product = length * std::sqrt(dot(vector, vector));
      *out = product > 0 ? static_cast<float>(dot(vector, std::span<const double>(sum)) / product)
                         : kMissing;
      out += stride;
    }
  }

 private:
  template <typename A, typename B>
  static double dot(std::span<const A> a, std::span<const B> b) {
    double sum = 0;
    for (size_t d = 0; d < a.size(); ++d) sum += static_cast<double>(a[d]) * b[d];
    return sum;
  }
  std::span<const float> vector_of(ItemId item) const {
    const size_t begin = index(item) * feature_.dimension;
    if (begin >= feature_.values.size()) return {};
    return feature_.values.subspan(begin, feature_.dimension);
  }

  const DenseFeature& feature_;
  const std::string name_;
  const uint32_t newest_;
};

// One value of the user, the same for all candidates.
class UserValue : public FeatureGroup {
 public:
  explicit UserValue(const CategoricalFeature& feature) : category_(&feature) {}
  explicit UserValue(const DenseFeature& feature) : number_(&feature) {}

  std::vector<FeatureColumn> columns() const override {
    if (category_) return {{"user_" + category_->name, category_->names.size()}};
    return {{"user_" + number_->name}};
  }

  void fill(const RankRequest& request, float* out, size_t stride) const override {
    const float value = value_of(request.user);
    for (size_t i = 0; i < request.candidates.size(); ++i) out[i * stride] = value;
  }

 private:
  float value_of(UserId user) const {
    if (category_) return first_code(*category_, index(user));
    return index(user) < number_->values.size() ? number_->values[index(user)] : kMissing;
  }

  const CategoricalFeature* category_ = nullptr;
  const DenseFeature* number_ = nullptr;
};

}  // namespace

bool groups_rows(const CategoricalFeature& feature, size_t rows, const FeatureOptions& options) {
  return !feature.names.empty() &&
         feature.names.size() <= std::max<size_t>(options.max_categories, rows / 4);
}

FeatureGroups item_features(const FeatureTable& items, const FeatureOptions& options) {
  FeatureGroups groups;
  for (const CategoricalFeature& feature : items.categorical) {
    if (!groups_rows(feature, items.rows, options)) continue;
    groups.push_back(std::make_unique<ItemCategory>(feature, options));
  }
  for (const DenseFeature& feature : items.dense) {
    if (feature.dimension == 1) {
      groups.push_back(std::make_unique<ItemNumber>(feature, options));
    } else {
      groups.push_back(std::make_unique<ItemVector>(feature, options));
    }
  }
  return groups;
}

FeatureGroups user_features(const FeatureTable& users, const FeatureOptions& options) {
  FeatureGroups groups;
  for (const CategoricalFeature& feature : users.categorical) {
    if (feature.names.empty() || feature.names.size() > options.max_categories) continue;
    if (single_valued(feature)) groups.push_back(std::make_unique<UserValue>(feature));
  }
  for (const DenseFeature& feature : users.dense) {
    if (feature.dimension == 1) groups.push_back(std::make_unique<UserValue>(feature));
  }
  return groups;
}

}  // namespace kaskad
