#include "kaskad/cascade/likeness.h"

#include <algorithm>
#include <cmath>

#include "kaskad/core/error.h"

namespace kaskad {
namespace {

float jaccard(std::span<const uint32_t> a, std::span<const uint32_t> b) {
  size_t both = 0;
  for (const uint32_t code : a) both += std::ranges::find(b, code) != b.end();
  const size_t either = a.size() + b.size() - both;
  return either == 0 ? 0 : static_cast<float>(both) / static_cast<float>(either);
}

float cosine(std::span<const float> a, std::span<const float> b) {
  float dot = 0, of_a = 0, of_b = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    dot += a[i] * b[i];
    of_a += a[i] * a[i];
    of_b += b[i] * b[i];
  }
  const float norm = std::sqrt(of_a * of_b);
  return norm > 0 ? std::clamp(dot / norm, 0.0F, 1.0F) : 0;  // NaN, too, is not above 0
}

}  // namespace

Likeness::Likeness(const ItemFacts& facts, const std::string& feature)
    : facts_(facts), categories_(facts.categorical(feature)), vectors_(facts.dense(feature)) {
  if (!categories_ && !vectors_) facts.unknown_feature(feature);
  if (vectors_ && vectors_->dimension == 1) {
    throw Error("found '" + feature + "', one number an item, expected a vector or categories");
  }
}

float Likeness::operator()(ItemId a, ItemId b) const {
  if (categories_) return jaccard(facts_.codes(*categories_, a), facts_.codes(*categories_, b));
  const auto of_a = facts_.values(*vectors_, a), of_b = facts_.values(*vectors_, b);
  return of_a.empty() || of_b.empty() ? 0 : cosine(of_a, of_b);
}

}  // namespace kaskad
