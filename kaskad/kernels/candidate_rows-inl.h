// What happens to a tile between products. Candidates stand in the lanes, so a sum over their
// values is one over rows, and none is taken across lanes. Included once a target.

#if defined(KASKAD_KERNELS_CANDIDATE_ROWS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef KASKAD_KERNELS_CANDIDATE_ROWS_INL_H_
#undef KASKAD_KERNELS_CANDIDATE_ROWS_INL_H_
#else
#define KASKAD_KERNELS_CANDIDATE_ROWS_INL_H_
#endif

#include "kaskad/kernels/candidate_product-inl.h"

KASKAD_BEFORE_CODES
namespace kaskad {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// One value of a vector of candidates, of row `row` of an array.
HWY_INLINE FloatVector load_row(const float* rows, size_t row, size_t column) {
  return hn::Load(FloatTag(), rows + row * kTileColumns + column);
}

// Mean and 1 / deviation over the rows of x, into rows of their own.
HWY_INLINE void measure(const float* x, size_t rows, float epsilon, size_t columns, float* mean,
                        float* deviation) {
  const FloatTag d;
  const auto share = hn::Set(d, 1 / static_cast<float>(rows));
  for (size_t column = 0; column < columns; column += hn::Lanes(d)) {
    auto even = hn::Zero(d), odd = even;
    size_t r = 0;
    for (; r + 2 <= rows; r += 2) {
      even = hn::Add(even, load_row(x, r, column));
      odd = hn::Add(odd, load_row(x, r + 1, column));
    }
    if (r < rows) even = hn::Add(even, load_row(x, r, column));
    const auto middle = hn::Mul(hn::Add(even, odd), share);
    even = odd = hn::Zero(d);
    for (r = 0; r + 2 <= rows; r += 2) {
      const auto a = hn::Sub(load_row(x, r, column), middle);
      const auto b = hn::Sub(load_row(x, r + 1, column), middle);
      even = hn::MulAdd(a, a, even), odd = hn::MulAdd(b, b, odd);
    }
    if (r < rows) {
      const auto a = hn::Sub(load_row(x, r, column), middle);
      even = hn::MulAdd(a, a, even);
    }
    const auto variance = hn::MulAdd(hn::Add(even, odd), share, hn::Set(d, epsilon));
    hn::Store(middle, d, mean + column);
    hn::Store(hn::Div(hn::Set(d, 1.0F), hn::Sqrt(variance)), d, deviation + column);
  }
}

// (x - mean) * factor, and nothing else: scale and shift are in the map that follows.
HWY_INLINE void centre(const float* x, size_t rows, size_t columns, const float* mean,
                       const float* factor, float* out) {
  const FloatTag d;
  for (size_t column = 0; column < columns; column += hn::Lanes(d)) {
    const auto middle = hn::Load(d, mean + column), by = hn::Load(d, factor + column);
    for (size_t r = 0; r < rows; ++r) {
      const auto value = hn::Mul(hn::Sub(load_row(x, r, column), middle), by);
      hn::Store(value, d, out + r * kTileColumns + column);
    }
  }
}

// x = scale x + shift of each row, where no map follows that could take them.
HWY_INLINE void scale_and_shift(const NormWeights& norm, size_t columns, float* x) {
  const FloatTag d;
  for (size_t r = 0; r < norm.scale.size(); ++r) {
    const auto scale = hn::Set(d, norm.scale[r]), shift = hn::Set(d, norm.shift[r]);
    for (size_t column = 0; column < columns; column += hn::Lanes(d)) {
      hn::Store(hn::MulAdd(load_row(x, r, column), scale, shift), d, x + r * kTileColumns + column);
    }
  }
}

// Four values as the bytes of a lane, the first lowest.
HWY_INLINE void store_codes(const hn::Vec<CodeTag>* values, uint8_t* codes, size_t group,
                            size_t column) {
  const CodeTag d;
  const auto low = hn::Or(values[0], hn::ShiftLeft<8>(values[1]));
  const auto high = hn::Or(values[2], hn::ShiftLeft<8>(values[3]));
  hn::Store(hn::Or(low, hn::ShiftLeft<16>(high)), d,
            reinterpret_cast<int32_t*>(codes) + group * kTileColumns + column);
}

// The code of row r; of rows that only fill a group up, 0. No lambda: clang does not give it all of
// the target's features.
template <bool kCentred>
HWY_INLINE hn::Vec<CodeTag> row_code(const float* x, size_t r, size_t rows, size_t column,
                                     hn::Vec<FloatTag> factor) {
  const CodeTag di;
  if (r >= rows) return hn::Zero(di);
  const auto value = hn::NearestInt(hn::Mul(load_row(x, r, column), factor));
  return kCentred ? hn::Add(value, hn::Set(di, 128)) : value;
}

// Rows -> codes. Centred: round(127 x / largest |x|) + 128; else, of values that are not negative,
// round(255 x / largest x).
template <bool kCentred>
HWY_INLINE void quantise_rows(const float* x, size_t rows, size_t columns, const CodeRows& out) {
  const FloatTag d;
  constexpr float kMost = kCentred ? 127 : 255;
  for (size_t column = 0; column < columns; column += hn::Lanes(d)) {
    auto largest = hn::Set(d, 1e-30F);
    for (size_t r = 0; r < rows; ++r) {
      const auto value = load_row(x, r, column);
      largest = hn::Max(largest, kCentred ? hn::Abs(value) : value);
    }
    hn::Store(hn::Mul(largest, hn::Set(d, 1 / kMost)), d, out.scales + column);
    const auto factor = hn::Div(hn::Set(d, kMost), largest);
    for (size_t r = 0; r < rows; r += 4) {
      const hn::Vec<CodeTag> values[4] = {row_code<kCentred>(x, r, rows, column, factor),
                                          row_code<kCentred>(x, r + 1, rows, column, factor),
                                          row_code<kCentred>(x, r + 2, rows, column, factor),
                                          row_code<kCentred>(x, r + 3, rows, column, factor)};
      store_codes(values, out.codes, r / 4, column);
    }
  }
}

// 2^x for x <= 0 to 1e-7 of it, 0 from about -126 on.
HWY_INLINE FloatVector exp2(FloatVector x) {
  const FloatTag d;
  const CodeTag di;
  const auto clamped = hn::Max(x, hn::Set(d, -126.0F));
  const auto whole = hn::NearestInt(clamped);
  const auto part = hn::Sub(clamped, hn::ConvertTo(d, whole));
  auto power = hn::MulAdd(part, hn::Set(d, 0.00133908634F), hn::Set(d, 0.00967603192F));
  power = hn::MulAdd(part, power, hn::Set(d, 0.0555035711F));
  power = hn::MulAdd(part, power, hn::Set(d, 0.240221075F));
  power = hn::MulAdd(part, power, hn::Set(d, 0.693147188F));
  power = hn::MulAdd(part, power, hn::Set(d, 1.00000008F));
  return hn::BitCast(d, hn::Add(hn::BitCast(di, power), hn::ShiftLeft<23>(whole)));
}

// The largest of a column's scores, with that of the candidate itself where there is one.
HWY_INLINE FloatVector largest_score(const float* scores, size_t events, const float* own,
                                     size_t column) {
  auto even = load_row(scores, 0, column), odd = even;
  for (size_t e = 0; e + 2 <= events; e += 2) {
    even = hn::Max(even, load_row(scores, e, column));
    odd = hn::Max(odd, load_row(scores, e + 1, column));
  }
  even = hn::Max(even, load_row(scores, events - 1, column));
  if (own) odd = hn::Max(odd, load_row(own, 0, column));
  return hn::Max(even, odd);
}

// Scores in units of log 2 become weights that are not yet divided by their sum; `sums` gets one
// over it. `own` (null: none) is a further score, and becomes a weight as they do.
HWY_INLINE void soften(float* scores, size_t events, float* own, size_t columns, float* sums) {
  const FloatTag d;
  for (size_t column = 0; column < columns; column += hn::Lanes(d)) {
    const auto largest = largest_score(scores, events, own, column);
    auto sum = hn::Zero(d);
    for (size_t e = 0; e < events; ++e) {
      const auto weight = exp2(hn::Sub(load_row(scores, e, column), largest));
      sum = hn::Add(sum, weight);
      hn::Store(weight, d, scores + e * kTileColumns + column);
    }
    if (own) {
      const auto weight = exp2(hn::Sub(load_row(own, 0, column), largest));
      sum = hn::Add(sum, weight);
      hn::Store(weight, d, own + column);
    }
    hn::Store(hn::Div(hn::Set(d, 1.0F), sum), d, sums + column);
  }
}

// The weight of event e before the division by their sum, as a code; beyond the events 0.
HWY_INLINE hn::Vec<CodeTag> weight_code(const float* scores, size_t e, size_t events, size_t column,
                                        hn::Vec<FloatTag> largest) {
  if (e >= events) return hn::Zero(CodeTag());
  const auto weight = exp2(hn::Sub(load_row(scores, e, column), largest));
  return hn::NearestInt(hn::Mul(weight, hn::Set(FloatTag(), 255.0F)));
}

// The same into codes of 0 to 255; the sum is that of what the codes stand for, so that weights
// add up to one after the rounding too.
HWY_INLINE void soften_codes(const float* scores, size_t events, float* own, size_t columns,
                             float* sums, const CodeRows& out) {
  const FloatTag d;
  const CodeTag di;
  for (size_t column = 0; column < columns; column += hn::Lanes(d)) {
    const auto largest = largest_score(scores, events, own, column);
    auto sum = hn::Zero(di);
    for (size_t e = 0; e < events; e += 4) {
      const hn::Vec<CodeTag> values[4] = {weight_code(scores, e, events, column, largest),
                                          weight_code(scores, e + 1, events, column, largest),
                                          weight_code(scores, e + 2, events, column, largest),
                                          weight_code(scores, e + 3, events, column, largest)};
      sum = hn::Add(sum, hn::Add(hn::Add(values[0], values[1]), hn::Add(values[2], values[3])));
      store_codes(values, out.codes, e / 4, column);
    }
    auto all = hn::Mul(hn::ConvertTo(d, sum), hn::Set(d, 1 / 255.0F));
    if (own) {
      const auto weight = exp2(hn::Sub(load_row(own, 0, column), largest));
      all = hn::Add(all, weight);
      hn::Store(weight, d, own + column);
    }
    hn::Store(hn::Div(hn::Set(d, 1.0F), all), d, sums + column);
    hn::Store(hn::Set(d, 1 / 255.0F), d, out.scales + column);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace kaskad
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
