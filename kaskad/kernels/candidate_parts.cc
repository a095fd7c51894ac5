#include "kaskad/kernels/candidate_parts.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "kaskad/core/error.h"
#include "kaskad/kernels/candidate_kernel.h"

namespace kaskad {
namespace {

WeightView view(const LinearWeights& map, size_t first_input, size_t inputs) {
  return {map.weight.data() + first_input, map.outputs, inputs, map.inputs, 1};
}

PackedMatrix pack(const LinearWeights& map, CandidatePrecision precision, bool centred = true) {
  return pack_matrix(view(map, 0, map.inputs), map.bias.data(), precision, centred);
}

// Softmax is taken to base 2, so the query carries log2(e) beside 1 / sqrt(size).
double query_factor(const CandidateWeights& weights) {
  return std::numbers::log2e / std::sqrt(static_cast<double>(weights.size()));
}

PackedLayer pack_layer(const CandidateWeights& weights, const CandidateLayer& layer,
                       CandidatePrecision precision, bool seen) {
  const size_t d = weights.dimension;
  PackedLayer out;
  out.query = pack(fold(layer.in, layer.norm1, 0, d, query_factor(weights)), precision);
  if (seen) {
    out.own_key = pack(fold(layer.in, layer.norm1, d, d, 1), precision);
    out.own_value = pack(fold(layer.in, layer.norm1, 2 * d, d, 1), precision);
  }
  out.out = pack(layer.out, precision);
  out.up = pack(fold(layer.up, layer.norm2, 0, layer.up.outputs, 1), precision);
  out.down = pack(layer.down, precision, /*centred=*/false);  // after relu nothing is negative
  return out;
}

// row = x, then A (x - mean x) for each of the maps A.
void write_input(std::span<const float> x, const std::vector<LinearWeights>& maps, float* row) {
  std::copy(x.begin(), x.end(), row);
  double mean = 0;
  for (const float value : x) mean += value / static_cast<double>(x.size());
  std::vector<float> centred(x.size());
  for (size_t i = 0; i < x.size(); ++i) centred[i] = static_cast<float>(x[i] - mean);
  float* out = row + x.size();
  for (const LinearWeights& map : maps) {
    for (size_t o = 0; o < map.outputs; ++o) {
      const float* weight = map.weight.data() + o * map.inputs;
      float sums[8] = {};
      size_t i = 0;
      for (; i + 8 <= map.inputs; i += 8) {
        for (size_t j = 0; j < 8; ++j) sums[j] += weight[i + j] * centred[i + j];
      }
      for (; i < map.inputs; ++i) sums[0] += weight[i] * centred[i];
      *out++ = sums[0] + sums[1] + sums[2] + sums[3] + sums[4] + sums[5] + sums[6] + sums[7];
    }
  }
}

PreparedInput prepare(const CandidateWeights& weights) {
  const size_t d = weights.dimension;
  PreparedInput out;
  out.parts = weights.self ? 3 : 1;
  out.stride = d * (1 + out.parts);
  std::vector<LinearWeights> maps;
  const CandidateLayer& layer = weights.layers.front();
  for (size_t part = 0; part < out.parts; ++part) {
    const double factor = part == 0 ? query_factor(weights) : 1;
    maps.push_back(fold(layer.in, layer.norm1, part * d, d, factor));
    out.constant.insert(out.constant.end(), maps.back().bias.begin(), maps.back().bias.end());
  }
  out.rows = AlignedArray<float>(weights.num_tokens() * out.stride);
  const std::span<const float> tokens(weights.tokens), gaps(weights.gaps);
  for (size_t t = 0; t < weights.num_tokens(); ++t) {
    write_input(tokens.subspan(t * d, d), maps, out.rows.data() + t * out.stride);
  }
  out.gaps.assign(std::max<size_t>(weights.num_gaps(), 1) * out.stride, 0);
  for (size_t g = 0; g < weights.num_gaps(); ++g) {
    write_input(gaps.subspan(g * d, d), maps, out.gaps.data() + g * out.stride);
  }
  return out;
}

// Numbers are of any size beside each other, so what they are a part of stays fp32.
void pack_head(const CandidateWeights& weights, CandidatePrecision precision,
               CandidateParts& parts) {
  const auto fp32 = CandidatePrecision::kFp32;
  parts.head_out = pack(weights.head_out, fp32);
  if (!weights.crosses.empty()) {
    parts.final_norm = weights.final_norm;
    for (const CrossLayerWeights& cross : weights.crosses) {
      parts.rank = std::max(parts.rank, cross.down.outputs);
      PackedCross packed{{}, pack(cross.map, fp32)};
      if (cross.down.outputs > 0) packed.down = pack(cross.down, fp32);
      parts.crosses.push_back(std::move(packed));
    }
    parts.head_in = pack(weights.head_in, fp32);
    return;
  }
  const size_t d = weights.dimension;
  const LinearWeights head = fold(weights.head_in, weights.final_norm, 0, d, 1);
  parts.head_in = pack_matrix(view(head, 0, d), head.bias.data(), precision, /*centred=*/true);
  parts.head_numbers =
      pack_matrix(view(head, d, weights.numbers), nullptr, fp32, /*centred=*/false);
}

void pack_layers(const CandidateWeights& weights, CandidatePrecision precision, bool seen,
                 CandidateParts& parts) {
  weights.check();
  parts.dimension = weights.dimension, parts.heads = weights.heads;
  parts.epsilon = weights.epsilon;
  parts.attention = precision;
  for (const CandidateLayer& layer : weights.layers) {
    parts.layers.push_back(pack_layer(weights, layer, precision, seen));
    parts.inner = std::max(parts.inner, layer.up.outputs);
  }
}

CandidateParts make_parts(const CandidateWeights& weights, CandidatePrecision precision) {
  CandidateParts parts;
  pack_layers(weights, precision, weights.self, parts);
  parts.numbers = weights.numbers, parts.actions = weights.actions();
  parts.tokens = weights.num_tokens(), parts.buckets = weights.num_gaps();
  parts.input = prepare(weights);
  pack_head(weights, precision, parts);
  return parts;
}

}  // namespace

CandidateParts history_parts(const CandidateWeights& weights) {
  CandidateParts parts;
  pack_layers(weights, CandidatePrecision::kFp32, /*seen=*/true, parts);
  return parts;
}

size_t PackedKeys::bytes() const {
  size_t total = 0;
  for (const auto* maps : {&keys, &values}) {
    for (const PackedMatrix& map : *maps) {
      total += (map.floats.weights.size() + map.floats.bias.size()) * sizeof(float);
      total += map.codes.codes.size() + map.codes.rows * (sizeof(int32_t) + 2 * sizeof(float));
    }
  }
  return total;
}

TileScratch::TileScratch(const CandidateParts& parts, size_t longest) : events(longest) {
  // A head's rows may be written in whole blocks, past the last one of the dimension.
  const size_t wide = rounded_up(parts.dimension + kPackRows, kPackRows);
  const size_t inner_rows =
      rounded_up(std::max({parts.inner, parts.numbers, parts.rank}), kPackRows);
  const size_t crossed_rows = parts.crosses.empty() ? 0 : rounded_up(parts.width(), kPackRows);
  const size_t score_rows = rounded_up(std::max(events, parts.actions), kPackRows);
  // Rows of four bytes a candidate.
  const size_t code_rows = std::max({wide, inner_rows, score_rows}) / 4;
  const size_t rows = 6 * wide + inner_rows + score_rows + code_rows + 3 * crossed_rows + 5;
  memory_ = AlignedArray<float>(rows * kTileColumns);
  std::fill_n(memory_.data(), memory_.size(), 0.0F);
  float* next = memory_.data();
  const auto take = [&](size_t rows) {
    float* begin = next;
    next += rows * kTileColumns;
    return begin;
  };
  for (float** rows : {&x, &normal, &query, &key, &value, &attended}) *rows = take(wide);
  inner = take(inner_rows);
  scores = take(score_rows);
  for (float** row : {&mean, &deviation, &sums, &own, &codes.scales}) *row = take(1);
  codes.codes = reinterpret_cast<uint8_t*>(take(code_rows));
  for (float*& crossing : crossed) crossing = take(crossed_rows);
}

CandidateKernel::CandidateKernel(const CandidateWeights& weights, CandidatePrecision precision)
    : parts_(make_parts(weights, precision)),
      scratch_([this] { return std::make_unique<TileScratch>(parts_, 128); }) {}

void pack_keys(const CandidateParts& parts, std::span<const float> keys,
               std::span<const float> values, PackedKeys& out) {
  const size_t size = parts.size(), events = out.events;
  KASKAD_ASSERT(keys.size() == parts.dimension * events);
  KASKAD_ASSERT(values.size() == parts.dimension * events);
  for (size_t head = 0; head < parts.heads; ++head) {
    const size_t first = head * events * size;
    const WeightView to_keys{keys.data() + first, events, size, size, 1};
    const WeightView to_values{values.data() + first, size, events, 1, size};
    out.keys.push_back(pack_matrix(to_keys, nullptr, parts.attention, /*centred=*/true));
    out.values.push_back(pack_matrix(to_values, nullptr, parts.attention, /*centred=*/false));
  }
}

PackedKeys CandidateKernel::pack(const CandidateKeys& keys) const {
  PackedKeys out;
  out.events = keys.events;
  for (size_t layer = 0; layer < parts_.layers.size(); ++layer) {
    pack_keys(parts_, keys.keys[layer], keys.values[layer], out);
  }
  return out;
}

}  // namespace kaskad
