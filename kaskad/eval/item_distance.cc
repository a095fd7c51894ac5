#include "kaskad/eval/item_distance.h"

#include <algorithm>
#include <cmath>

namespace kaskad {
namespace {

const DenseFeature* content_vector(const FeatureTable& features) {
  for (const DenseFeature& feature : features.dense) {
    if (feature.dimension > 1) return &feature;
  }
  return nullptr;
}

std::vector<float> normalised(const DenseFeature& feature) {
  std::vector<float> out(feature.values.size());
  for (size_t begin = 0; begin < out.size(); begin += feature.dimension) {
    const auto row = feature.values.subspan(begin, feature.dimension);
    double squares = 0;
    for (const float value : row) squares += static_cast<double>(value) * value;
    if (!(squares > 0)) continue;  // missing (NaN) or without direction: unknown
    const auto scale = static_cast<float>(1 / std::sqrt(squares));
    for (size_t d = 0; d < row.size(); ++d) out[begin + d] = row[d] * scale;
  }
  return out;
}

}  // namespace

ItemDistance::ItemDistance(const FeatureTable& features) {
  if (const DenseFeature* content = content_vector(features)) {
    dimension_ = content->dimension;
    vectors_ = normalised(*content);
    return;
  }
  if (features.categorical.empty()) return;
  offsets_.push_back(0);
  for (size_t item = 0; item < features.rows; ++item) {
    for (size_t column = 0; column < features.categorical.size(); ++column) {
      const CategoricalFeature& feature = features.categorical[column];
      for (size_t at = feature.offsets[item]; at < feature.offsets[item + 1]; ++at) {
        codes_.push_back(uint64_t{column} << 32 | feature.codes[at]);
      }
    }
    const auto begin = codes_.begin() + static_cast<ptrdiff_t>(offsets_.back());
    std::sort(begin, codes_.end());
    codes_.erase(std::unique(begin, codes_.end()), codes_.end());
    offsets_.push_back(codes_.size());
  }
}

std::string ItemDistance::description() const {
  if (!vectors_.empty()) return "1 - cosine of the content vectors";
  if (!codes_.empty()) return "1 - Jaccard of the categories";
  return "";
}

bool ItemDistance::known(ItemId item) const {
  const size_t row = index(item);
  if (vectors_.empty()) return offsets_[row] < offsets_[row + 1];
  const auto begin = vectors_.begin() + static_cast<ptrdiff_t>(row * dimension_);
  return std::any_of(begin, begin + static_cast<ptrdiff_t>(dimension_),
                     [](float value) { return value != 0; });
}

double ItemDistance::between(ItemId a, ItemId b) const {
  if (!vectors_.empty()) {
    double dot = 0;
    for (size_t d = 0; d < dimension_; ++d) {
      dot += static_cast<double>(vectors_[index(a) * dimension_ + d]) *
             vectors_[index(b) * dimension_ + d];
    }
    return 1 - dot;
  }
  const auto codes = [&](ItemId item) {
    return std::span(codes_).subspan(offsets_[index(item)],
                                     offsets_[index(item) + 1] - offsets_[index(item)]);
  };
  const auto left = codes(a), right = codes(b);
  size_t common = 0;
  for (const uint64_t code : left) common += std::binary_search(right.begin(), right.end(), code);
  return 1 - static_cast<double>(common) / static_cast<double>(left.size() + right.size() - common);
}

double ItemDistance::mean_over_pairs(std::span<const ItemId> list) const {
  double sum = 0;
  size_t pairs = 0;
  std::vector<ItemId> items;
  std::copy_if(list.begin(), list.end(), std::back_inserter(items),
               [&](ItemId item) { return known(item); });
  for (size_t i = 0; i < items.size(); ++i) {
    for (size_t j = i + 1; j < items.size(); ++j, ++pairs) sum += between(items[i], items[j]);
  }
  return pairs == 0 ? 0 : sum / static_cast<double>(pairs);
}

}  // namespace kaskad
