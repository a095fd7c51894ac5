#include "kaskad/retrieval/leading_bounds.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>

#include "kaskad/core/error.h"
#include "kaskad/kernels/bound_scan.h"

namespace kaskad {
namespace {

using Rows = std::vector<double>;  // (count, dimension)

double product(const double* a, const double* b, size_t size) {
  return std::inner_product(a, a + size, b, 0.0);
}

// sum of x x^T over at most so many items, evenly spread: axes need not be those of every item.
constexpr size_t kMostSampled = 20'000;
Rows second_moment(std::span<const float> items, size_t dimension) {
  const size_t count = items.size() / dimension, taken = std::min(count, kMostSampled);
  Rows moment(dimension * dimension);
  for (size_t t = 0; t < taken; ++t) {
    const float* x = items.data() + t * count / taken * dimension;
    for (size_t i = 0; i < dimension; ++i) {
      for (size_t j = 0; j < dimension; ++j) moment[i * dimension + j] += double{x[i]} * x[j];
    }
  }
  return moment;
}

// Gram and Schmidt, twice for what rounding leaves; a row that depends on those before becomes 0.
void make_orthonormal(Rows& rows, size_t dimension) {
  for (size_t r = 0; r < rows.size() / dimension; ++r) {
    double* row = rows.data() + r * dimension;
    const double before = std::sqrt(product(row, row, dimension));
    for (int turn = 0; turn < 2; ++turn) {
      for (size_t other = 0; other < r; ++other) {
        const double* of = rows.data() + other * dimension;
        const double along = product(row, of, dimension);
        for (size_t i = 0; i < dimension; ++i) row[i] -= along * of[i];
      }
    }
    const double length = std::sqrt(product(row, row, dimension));
    const double factor = length > 1e-9 * before ? 1 / length : 0;
    for (size_t i = 0; i < dimension; ++i) row[i] *= factor;
  }
}

// The leading eigenvectors of a symmetric matrix, by orthogonal iteration from a fixed start. Any
// orthonormal axes keep the bound; better ones make it tighter.
Rows leading_axes(const Rows& matrix, size_t dimension, size_t count) {
  std::mt19937_64 random(1);
  Rows axes(count * dimension), next(axes.size());
  for (double& value : axes) value = static_cast<double>(random() >> 11) * 0x1p-53 - 0.5;
  make_orthonormal(axes, dimension);
  for (int turn = 0; turn < 50; ++turn) {
    for (size_t a = 0; a < count; ++a) {
      for (size_t i = 0; i < dimension; ++i) {
        next[a * dimension + i] =
            product(matrix.data() + i * dimension, axes.data() + a * dimension, dimension);
      }
    }
    make_orthonormal(next, dimension);
    axes.swap(next);
  }
  return axes;
}

double length_of(std::span<const double> values) {
  return std::sqrt(product(values.data(), values.data(), values.size()));
}

// To the nearest but the last, which is a length, up; `values` has the length of `most` units at
// most.
void round_up_last(std::span<const double> values, double unit, int most, int16_t* codes) {
  const auto code = [most](double x) {
    return static_cast<int16_t>(
        std::clamp(x, -static_cast<double>(most), static_cast<double>(most)));
  };
  for (size_t i = 0; i + 1 < values.size(); ++i) codes[i] = code(std::nearbyint(values[i] / unit));
  codes[values.size() - 1] = code(std::ceil(values.back() / unit));
}

// Codes grow by rounding, by less than one each: vectors stay a little below what kernels take.
double unit_for(double longest, int most, size_t places) {
  return longest / (most - static_cast<double>(places));
}

}  // namespace

LeadingBounds::LeadingBounds(std::span<const float> items, size_t dimension, size_t places)
    : dimension_(dimension),
      places_(places),
      codes_((items.size() / dimension + kScanBlock - 1) / kScanBlock * kScanBlock * places) {
  KASKAD_ASSERT(places % 2 == 0 && places > 0 && places <= dimension);
  axes_ = leading_axes(second_moment(items, dimension), dimension, places - 1);
  const size_t count = items.size() / dimension;
  std::vector<double> projected(count * places);
  for (size_t item = 0; item < count; ++item) {
    const double length = project(items.subspan(item * dimension, dimension),
                                  std::span(projected).subspan(item * places, places));
    longest_ = std::max(longest_, length);
  }
  unit_ = unit_for(longest_ > 0 ? longest_ : 1, kMostItemCode, places);
  std::vector<int16_t> rows(count * places);
  for (size_t item = 0; item < count; ++item) {
    round_up_last(std::span(projected).subspan(item * places, places), unit_, kMostItemCode,
                  rows.data() + item * places);
  }
  pack_bounds(rows.data(), count, places, codes_.data());
}

double LeadingBounds::project(std::span<const float> v, std::span<double> out) const {
  std::vector<double> left(v.begin(), v.end());
  for (size_t a = 0; a + 1 < places_; ++a) {
    const double* axis = axes_.data() + a * dimension_;
    out[a] = product(left.data(), axis, dimension_);
    for (size_t i = 0; i < dimension_; ++i) left[i] -= out[a] * axis[i];
  }
  out[places_ - 1] = length_of(left);
  return length_of(out);
}

// With items y = unit_ c + e and the query z = t p + f, both with the length that is left as their
// last number,
//   <z, y> = t unit_ <p, c> + t <p, e> + <f, y>
// where |e_i| <= unit_ / 2 and |f_i| <= t / 2 but for the last, which was rounded up and so makes
// the sum larger.
LeadingBounds::Scale LeadingBounds::ask(std::span<const float> query, int16_t* codes) const {
  std::vector<double> z(places_);
  const double length = project(query, z);
  std::fill_n(codes, places_, int16_t{0});
  if (!(length > 0) || !std::isfinite(length)) return {};
  const double t = unit_for(length, kMostQueryCode, places_);
  if (!std::isnormal(t) || !std::isnormal(t * unit_)) return {};
  round_up_last(z, t, kMostQueryCode, codes);
  const double of_codes = std::sqrt(static_cast<double>(places_)) / 2;
  const double rounding = of_codes * (unit_ * 1.01 * length + t * longest_);
  // Of the sum of the codes' products as a float, and of the true product in fp32.
  const double of_sum = t * unit_ * 0x1p30 * std::numeric_limits<float>::epsilon();
  const double of_score = static_cast<double>(dimension_ + 8) *
                          std::numeric_limits<float>::epsilon() * length * longest_;
  return {t * unit_, rounding + of_sum + of_score};
}

size_t LeadingBounds::block_bytes() const { return kScanBlock * places_ * sizeof(int16_t); }

const int16_t* LeadingBounds::block(size_t number) const {
  return codes_.data() + number * kScanBlock * places_;
}

}  // namespace kaskad
