#include "kaskad/counters/segment_sketch.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "kaskad/core/error.h"
#include "kaskad/counters/key_table.h"

namespace kaskad {
namespace {

uint64_t pair_key(std::span<const uint32_t> left, uint32_t code) {
  return mix_key(hash_tuple(left) ^ (uint64_t{code} + 1) << 32 ^ code);
}

// What an event of a list adds to each horizon: 1 within a window, a weight of a decay.
void fill_weights(const CounterSpec& spec, int64_t age, std::vector<double>& weights) {
  size_t h = 0;
  for (const uint32_t days : spec.windows_days) {
    weights[h++] = days == 0 || age <= int64_t{days} * kMillisecondsADay ? 1 : 0;
  }
  for (const double days : spec.decay_days) {
    weights[h++] = std::exp(-static_cast<double>(age) / (days * kMillisecondsADay));
  }
}

}  // namespace

void write_segment_sketch(const ListOrder& lists, const CountRange& range,
                          const CounterFields& fields, const CounterSegment& segment,
                          const CounterSpec& spec, const std::string& path) {
  const SketchShape shape = sketch_shape(spec);
  const size_t events = lists.heads().size() + 1, horizons = spec.num_horizons();
  const size_t values = events * horizons;
  // In doubles, since ones added to a large float would be lost.
  std::vector<double> counts(shape.size() * values), weights(horizons);
  ListKeys keys(fields, segment);
  const CounterField& right = fields.fields[segment.right];
  for (size_t l = range.begin; l < range.end; ++l) {
    const ImpressionList list = lists.list(l);
    fill_weights(spec, range.as_of - list.time, weights);
    keys.each(list, [&](std::span<const uint32_t> left) {
      for (size_t c = 0; c < list.size(); ++c) {
        for (const uint32_t code : right.of(index(list.items[c]))) {
          const uint64_t key = pair_key(left, code);
          for (size_t row = 0; row < shape.depth(); ++row) {
            double* record = &counts[shape.at(key, row) * values];
            for (size_t e = 0; e < events; ++e) {
              if (e > 0 && !(list.labels[c * (events - 1) + e - 1] > 0)) continue;
              for (size_t h = 0; h < horizons; ++h) record[e * horizons + h] += weights[h];
            }
          }
        }
      }
    });
  }
  const std::vector<float> rounded(counts.begin(), counts.end());
  write_npy(path, rounded, {shape.size(), values});
}

SegmentSketch::SegmentSketch(const std::string& path, const SketchShape& shape, size_t values)
    : shape_(shape), values_(values), counts_(path) {
  if (counts_.size() == shape.size() * values) return;
  throw data_error(path, 0, "", std::to_string(counts_.size()) + " counts",
                   std::to_string(shape.size() * values) + " as epsilon and delta say");
}

void SegmentSketch::add(std::span<const uint32_t> left, uint32_t code, float* sum) const {
  const uint64_t key = pair_key(left, code);
  constexpr size_t kBlock = 16;
  for (size_t begin = 0; begin < values_; begin += kBlock) {
    const size_t count = std::min(kBlock, values_ - begin);
    float least[kBlock];
    std::fill_n(least, count, std::numeric_limits<float>::max());
    for (size_t row = 0; row < shape_.depth(); ++row) {
      const float* record = counts_.values().data() + shape_.at(key, row) * values_ + begin;
      for (size_t v = 0; v < count; ++v) least[v] = std::min(least[v], record[v]);
    }
    for (size_t v = 0; v < count; ++v) sum[begin + v] += least[v];
  }
}

}  // namespace kaskad
