// What the candidates' kernel works on, prepared once: by catalogue, by history, by thread. Used by
// candidate_kernel.cc and the -inl.h files beside it alone.
#pragma once

#include <span>

#include "kaskad/core/aligned_array.h"
#include "kaskad/kernels/candidate_pack.h"

namespace kaskad {

// Candidates of a tile, side by side in every array of the scratch: its values stay in the first
// cache while the weights pass by.
inline constexpr size_t kTileColumns = 48;
static_assert(kTileColumns % 16 == 0);  // every row begins at 64 bytes

// LayerNorm is taken into the maps after it, the scale of attention into the query.
struct PackedLayer {
  PackedMatrix query;
  PackedMatrix own_key, own_value;  // empty unless a candidate sees itself, or an event is seen
  PackedMatrix out, up, down;
};

// Of the first layer's norm and projections all but the variance depends on the item alone, with a
// request's gap too: norm(x + g) = ((x - mean x) + (g - mean g)) / deviation(x + g), and the
// projection is linear. So a row holds A (x - mean x), for A = [query, own key, own value].
struct PreparedInput {
  size_t parts = 0;             // 1, with self 3
  size_t stride = 0;            // of a row, floats: dimension + parts x dimension
  AlignedArray<float> rows;     // (tokens, stride): x, then A (x - mean x)
  std::vector<float> gaps;      // (buckets, stride): the same of the gaps; one row of zeros if none
  std::vector<float> constant;  // (parts x dimension): what the projections add to that
};

// A cross layer of the head; `down` is empty where the matrix is full.
struct PackedCross {
  PackedMatrix down, map;
};

struct CandidateParts {
  size_t dimension = 0, heads = 0, numbers = 0, actions = 0, inner = 0, tokens = 0, buckets = 0;
  size_t rank = 0;  // the largest of the cross layers
  float epsilon = 0;
  CandidatePrecision attention = CandidatePrecision::kFp32;
  PreparedInput input;
  std::vector<PackedLayer> layers;
  // Without cross layers the head reads the normal values and the numbers apart, and the norm's
  // scale and shift are in head_in. Crossed, it reads both side by side, and head_numbers is empty.
  std::vector<PackedCross> crosses;
  NormWeights final_norm;
  PackedMatrix head_in, head_numbers, head_out;

  size_t size() const { return dimension / heads; }
  size_t width() const { return dimension + numbers; }
  bool self() const { return input.parts == 3; }
};

// Of the layers alone, in fp32 and with the maps to an event's key and value: what a history needs.
CandidateParts history_parts(const CandidateWeights &weights);

// Keys and values of one history.
struct PackedKeys {
  size_t events = 0;
  // (layers x heads): keys are maps size -> events, values maps events -> size
  std::vector<PackedMatrix> keys, values;
  size_t bytes() const;
};

// Adds one more layer's keys and values, (heads, events, size) each.
void pack_keys(const CandidateParts &parts, std::span<const float> keys,
               std::span<const float> values, PackedKeys &out);

// Codes of the columns' values: codes[g, j, c] of input 4 g + c of candidate j; a value is
// scales[j] times its code, less 128 where they are centred.
struct CodeRows {
  uint8_t *codes = nullptr;
  float *scales = nullptr;  // (kTileColumns)
};

// Memory of one tile: arrays of rows of kTileColumns floats.
struct TileScratch {
  TileScratch(const CandidateParts &parts, size_t events);

  size_t events;      // the longest history that it has room for
  float *x, *normal;  // residual stream; what is multiplied next
  float *query, *key, *value;
  float *attended, *inner, *scores;
  float *mean, *deviation, *sums, *own;  // one row each; deviation is its inverse
  float *crossed[3];  // x0 of the cross layers, and x by turns; empty where there are none
  CodeRows codes;

 private:
  AlignedArray<float> memory_;
};

}  // namespace kaskad
