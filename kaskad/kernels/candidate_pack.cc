#include "kaskad/kernels/candidate_pack.h"

#include <algorithm>
#include <cmath>

namespace kaskad {
namespace {

PackedFloats pack_floats(const WeightView& matrix, const float* bias) {
  PackedFloats out;
  out.inputs = matrix.inputs;
  out.rows = rounded_up(matrix.outputs, kPackRows);
  out.weights.assign(out.rows * std::max<size_t>(1, out.inputs), 0);  // no addresses within nothing
  out.bias.assign(out.rows, 0);
  for (size_t o = 0; o < matrix.outputs; ++o) {
    const size_t first = o / kPackRows * kPackRows * out.inputs + o % kPackRows;
    for (size_t i = 0; i < matrix.inputs; ++i) {
      out.weights[first + i * kPackRows] = matrix.at(o, i);
    }
    if (bias) out.bias[o] = bias[o];
  }
  return out;
}

PackedCodes pack_codes(const WeightView& matrix, const float* bias, bool centred) {
  PackedCodes out;
  out.groups = (matrix.inputs + 3) / 4;
  out.rows = rounded_up(matrix.outputs, kPackRows);
  out.codes.assign(out.rows * std::max<size_t>(1, out.groups) * 4, 0);
  out.starts.assign(out.rows, 0);
  out.scales.assign(out.rows, 0);
  out.bias.assign(out.rows, 0);
  for (size_t o = 0; o < matrix.outputs; ++o) {
    float largest = 0;
    for (size_t i = 0; i < matrix.inputs; ++i)
      largest = std::max(largest, std::abs(matrix.at(o, i)));
    out.scales[o] = largest / 127;
    if (bias) out.bias[o] = bias[o];
    if (largest == 0) continue;
    int8_t* block = out.codes.data() + o / kPackRows * kPackRows * out.groups * 4;
    int32_t sum = 0;
    for (size_t i = 0; i < matrix.inputs; ++i) {
      const auto code = static_cast<int8_t>(std::lrint(matrix.at(o, i) / largest * 127));
      block[(i / 4 * kPackRows + o % kPackRows) * 4 + i % 4] = code;
      sum += code;
    }
    if (centred) out.starts[o] = -128 * sum;
  }
  return out;
}

}  // namespace

PackedMatrix pack_matrix(const WeightView& matrix, const float* bias, CandidatePrecision precision,
                         bool centred) {
  PackedMatrix out;
  if (precision == CandidatePrecision::kFp32) out.floats = pack_floats(matrix, bias);
  if (precision == CandidatePrecision::kInt8) out.codes = pack_codes(matrix, bias, centred);
  return out;
}

LinearWeights fold(const LinearWeights& map, const NormWeights& norm, size_t first, size_t count,
                   double factor) {
  LinearWeights out{map.inputs, count, std::vector<float>(count * map.inputs),
                    std::vector<float>(count)};
  const size_t normed = norm.scale.size();
  for (size_t o = 0; o < count; ++o) {
    const float* row = map.weight.data() + (first + o) * map.inputs;
    double bias = map.bias[first + o];
    for (size_t i = 0; i < map.inputs; ++i) {
      const double scale = i < normed ? norm.scale[i] : 1;
      out.weight[o * map.inputs + i] = static_cast<float>(row[i] * scale * factor);
      if (i < normed) bias += static_cast<double>(row[i]) * norm.shift[i];
    }
    out.bias[o] = static_cast<float>(bias * factor);
  }
  return out;
}

}  // namespace kaskad
