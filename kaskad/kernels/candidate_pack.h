// Weights as the candidates' kernel reads them. Candidates stand in the lanes, so a product takes
// one weight for all of them: weights lie in the order of the multiply-adds, eight outputs side by
// side, and a trained matrix or the keys of a history are packed alike.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "kaskad/kernels/candidate_weights.h"

namespace kaskad {

inline constexpr size_t kPackRows = 8;

constexpr size_t rounded_up(size_t count, size_t to) { return (count + to - 1) / to * to; }

// A matrix (outputs, inputs) by its strides, so that it can be part of another or turned.
struct WeightView {
  const float* data;
  size_t outputs, inputs, output_stride, input_stride;

  float at(size_t output, size_t input) const {
    return data[output * output_stride + input * input_stride];
  }
};

// fp32: weights[b, i, r] of output 8 b + r and input i. Padding is zeros.
struct PackedFloats {
  size_t inputs = 0, rows = 0;  // rows: outputs in whole blocks
  std::vector<float> weights, bias;
};

// int8: codes[b, g, r, c] = round(w / scale) of output 8 b + r and input 4 g + c, in [-127, 127].
// Inputs are unsigned codes; with `centred` they had 128 added, which starts[] takes off again.
struct PackedCodes {
  size_t groups = 0, rows = 0;
  std::vector<int8_t> codes;
  std::vector<int32_t> starts;      // (rows)
  std::vector<float> scales, bias;  // (rows)
};

// A matrix in the precision that a kernel multiplies it in; the other one is empty.
struct PackedMatrix {
  PackedFloats floats;
  PackedCodes codes;

  size_t rows() const { return floats.rows + codes.rows; }
};

// `bias` (outputs), or null for zeros.
PackedMatrix pack_matrix(const WeightView& matrix, const float* bias, CandidatePrecision precision,
                         bool centred);

// The map after a norm, with the norm's scale and shift taken into it and all of it multiplied by
// `factor`: outputs [first, first + count) of weight (scale n + shift) + bias.
LinearWeights fold(const LinearWeights& map, const NormWeights& norm, size_t first, size_t count,
                   double factor);

}  // namespace kaskad
