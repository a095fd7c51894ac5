// Vectors of the latent space: short, of unit length, drawn.
#pragma once

#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

#include "kaskad/sim/random.h"

namespace kaskad::sim {

using Vector = std::vector<float>;

inline double dot(std::span<const float> a, std::span<const float> b) {
  float sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

inline void normalize(std::span<float> vector) {
  const double length = std::sqrt(dot(vector, vector));
  if (length <= 0) return;
  for (float& value : vector) value = static_cast<float>(value / length);
}

// to += weight * of
inline void add(std::span<float> to, std::span<const float> of, double weight) {
  for (size_t i = 0; i < to.size(); ++i) to[i] += static_cast<float>(weight * of[i]);
}

// An even direction.
inline Vector draw_direction(Random& random, size_t dimensions) {
  Vector out(dimensions);
  for (float& value : out) value = static_cast<float>(random.normal());
  normalize(out);
  return out;
}

}  // namespace kaskad::sim
