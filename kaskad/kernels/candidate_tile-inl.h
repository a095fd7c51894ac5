// A tile of candidates, or of a history's events, on its way through the layers. Included once a
// target, by candidate_kernel.cc and history_kernel.cc.

#if defined(KASKAD_KERNELS_CANDIDATE_TILE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef KASKAD_KERNELS_CANDIDATE_TILE_INL_H_
#undef KASKAD_KERNELS_CANDIDATE_TILE_INL_H_
#else
#define KASKAD_KERNELS_CANDIDATE_TILE_INL_H_
#endif

#include "kaskad/kernels/candidate_rows-inl.h"

KASKAD_BEFORE_CODES
namespace kaskad {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// A tile on its way through the layers.
class Tile {
 public:
  Tile(const CandidateParts& parts, const PackedKeys& keys, TileScratch& scratch, size_t count)
      : parts_(parts),
        keys_(keys),
        s_(scratch),
        columns_(rounded_up(count, hn::Lanes(FloatTag()))) {}

  void layer(size_t number) {
    if (number > 0) project(parts_.layers[number]);
    finish(parts_.layers[number], number);
  }

  // The layer behind its projections.
  void finish(const PackedLayer& layer, size_t number) {
    for (size_t head = 0; head < parts_.heads; ++head) attend(number, head);
    take(layer.out, s_.attended, parts_.dimension);
    multiply(layer.out, s_.attended, s_.codes, columns_, AddTo{s_.x});
    norm(layer.up);
    multiply(layer.up, s_.normal, s_.codes, columns_, StoreRelu{s_.inner});
    if (layer.down.codes.rows > 0)
      quantise_rows<false>(s_.inner, layer.up.rows(), columns_, s_.codes);
    multiply(layer.down, s_.inner, s_.codes, columns_, AddTo{s_.x});
  }

  // Of an event: what others see of it, and its query where it looks at them.
  void project_event(const PackedLayer& layer, bool looks) {
    norm(layer.own_key);
    if (looks) multiply(layer.query, s_.normal, s_.codes, columns_, Store{s_.query});
    multiply(layer.own_key, s_.normal, s_.codes, columns_, Store{s_.key});
    multiply(layer.own_value, s_.normal, s_.codes, columns_, Store{s_.value});
  }

  // Where head() reads the candidates' numbers.
  float* numbers() {
    return parts_.crosses.empty() ? s_.inner : s_.crossed[0] + parts_.dimension * kTileColumns;
  }

  void head() {
    if (parts_.crosses.empty()) {
      norm(parts_.head_in);
      multiply(parts_.head_in, s_.normal, s_.codes, columns_, Store{s_.query});
      multiply(parts_.head_numbers, s_.inner, s_.codes, columns_, AddToRelu{s_.query});
    } else {
      multiply(parts_.head_in, cross(), s_.codes, columns_, StoreRelu{s_.query});
    }
    multiply(parts_.head_out, s_.query, s_.codes, columns_, Store{s_.scores});
  }

  // The first layer's projections, from A (x - mean x) and A (g - mean g).
  void prepared(const float* gap) {
    measure(s_.x, parts_.dimension, parts_.epsilon, columns_, s_.mean, s_.deviation);
    float* const rows[] = {s_.query, s_.key, s_.value};
    for (size_t part = 0; part < parts_.input.parts; ++part) {
      const size_t begin = part * parts_.dimension;
      spread(rows[part], gap + begin, parts_.input.constant.data() + begin);
    }
  }

 private:
  // Values that `map` multiplies, as codes where it has codes.
  void take(const PackedMatrix& map, const float* rows, size_t count) {
    if (map.codes.rows > 0) quantise_rows<true>(rows, count, columns_, s_.codes);
  }

  void norm(const PackedMatrix& next) {
    measure(s_.x, parts_.dimension, parts_.epsilon, columns_, s_.mean, s_.deviation);
    centre(s_.x, parts_.dimension, columns_, s_.mean, s_.deviation, s_.normal);
    take(next, s_.normal, parts_.dimension);
  }

  // What the cross layers make of the last norm and the numbers.
  const float* cross() {
    float* const x0 = s_.crossed[0];
    measure(s_.x, parts_.dimension, parts_.epsilon, columns_, s_.mean, s_.deviation);
    centre(s_.x, parts_.dimension, columns_, s_.mean, s_.deviation, x0);
    scale_and_shift(parts_.final_norm, columns_, x0);
    const float* x = x0;
    for (size_t i = 0; i < parts_.crosses.size(); ++i) {
      const PackedCross& layer = parts_.crosses[i];
      float* const next = s_.crossed[1 + i % 2];
      const float* read = x;
      if (layer.down.rows() > 0) {
        multiply(layer.down, x, s_.codes, columns_, Store{s_.inner});
        read = s_.inner;
      }
      multiply(layer.map, read, s_.codes, columns_, StoreCrossed{x0, x, next});
      x = next;
    }
    return x;
  }

  void project(const PackedLayer& layer) {
    norm(layer.query);
    multiply(layer.query, s_.normal, s_.codes, columns_, Store{s_.query});
    if (!parts_.self()) return;
    multiply(layer.own_key, s_.normal, s_.codes, columns_, Store{s_.key});
    multiply(layer.own_value, s_.normal, s_.codes, columns_, Store{s_.value});
  }

  void spread(float* rows, const float* gap, const float* constant) {
    const FloatTag d;
    for (size_t column = 0; column < columns_; column += hn::Lanes(d)) {
      const auto deviation = hn::Load(d, s_.deviation + column);
      for (size_t r = 0; r < parts_.dimension; ++r) {
        const auto value = hn::Add(load_row(rows, r, column), hn::Set(d, gap[r]));
        hn::Store(hn::MulAdd(value, deviation, hn::Set(d, constant[r])), d,
                  rows + r * kTileColumns + column);
      }
    }
  }

  void attend(size_t number, size_t head) {
    const size_t size = parts_.size(), first = head * size * kTileColumns;
    const PackedMatrix& keys = keys_.keys[number * parts_.heads + head];
    const PackedMatrix& values = keys_.values[number * parts_.heads + head];
    take(keys, s_.query + first, size);
    multiply(keys, s_.query + first, s_.codes, columns_, Store{s_.scores});
    float* const own = parts_.self() ? s_.own : nullptr;
    if (own) own_scores(first);
    if (values.codes.rows > 0) {
      soften_codes(s_.scores, keys_.events, own, columns_, s_.sums, s_.codes);
    } else {
      soften(s_.scores, keys_.events, own, columns_, s_.sums);
    }
    multiply(values, s_.scores, s_.codes, columns_, StoreScaled{s_.attended + first, s_.sums});
    if (own) add_own(first);
  }

  void own_scores(size_t first) {
    const FloatTag d;
    for (size_t column = 0; column < columns_; column += hn::Lanes(d)) {
      auto sum = hn::Zero(d);
      for (size_t r = 0; r < parts_.size(); ++r) {
        sum = hn::MulAdd(load_row(s_.query + first, r, column), load_row(s_.key + first, r, column),
                         sum);
      }
      hn::Store(sum, d, s_.own + column);
    }
  }

  void add_own(size_t first) {
    const FloatTag d;
    for (size_t column = 0; column < columns_; column += hn::Lanes(d)) {
      const auto weight = hn::Mul(hn::Load(d, s_.own + column), hn::Load(d, s_.sums + column));
      for (size_t r = 0; r < parts_.size(); ++r) {
        const auto value = load_row(s_.value + first, r, column);
        hn::Store(hn::MulAdd(weight, value, load_row(s_.attended + first, r, column)), d,
                  s_.attended + first + r * kTileColumns + column);
      }
    }
  }

  const CandidateParts& parts_;
  const PackedKeys& keys_;
  TileScratch& s_;
  const size_t columns_;
};

// Rows of a table, one a candidate, into columns. `more` (count), or null, is added to each.
HWY_INLINE void gather(const float* const* rows, size_t candidates, size_t offset, size_t count,
                       const float* more, float* out) {
  for (size_t c = 0; c < candidates; ++c) {
    const float* row = rows[c] + offset;
    for (size_t i = 0; i < count; ++i) out[i * kTileColumns + c] = row[i] + (more ? more[i] : 0);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace kaskad
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
