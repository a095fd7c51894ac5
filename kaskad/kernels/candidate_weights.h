// The candidates' half of an amortized ranker (kaskad/train/rank/amortized.h) as plain numbers:
// what its graph candidates.onnx computes, for kernels that compute it without a graph.
//   c = tokens[candidate] + gaps[request gap]
//   each layer: c += out(attention(in(norm1(c)), keys and values of the history))
//               c += down(relu(up(norm2(c))))
//   x = x0 = [final_norm(c), numbers]
//   each cross layer: x = x0 * map(down(x)) + x    (DCN-v2, 2008.13535; without down: map(x))
//   scores = head_out(relu(head_in(x)))
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace kaskad {

// y = weight x + bias
struct LinearWeights {
  size_t inputs = 0, outputs = 0;
  std::vector<float> weight;  // (outputs, inputs)
  std::vector<float> bias;    // (outputs)
};

// Mean 0 and variance 1, then scale and shift, (dimension) each.
struct NormWeights {
  std::vector<float> scale, shift;
};

struct CandidateLayer {
  NormWeights norm1, norm2;
  LinearWeights in;  // dimension -> query, key and value, 3 x dimension
  LinearWeights out, up, down;
};

// A cross layer of the head over dimension + numbers values; `down` has no outputs where the matrix
// is full, and its bias is 0.
struct CrossLayerWeights {
  LinearWeights down, map;
};

// What the events of a history are made of, whose stream goes through the same layers: see
// history_kernel.h.
struct EventWeights {
  std::vector<float> begin;      // (dimension): the token in front of every history
  std::vector<float> positions;  // (places, dimension)
  std::vector<float> gaps;       // (buckets, dimension); empty: none are asked
  std::vector<float> actions;    // (actions, dimension); empty: none are asked

  bool given() const { return !begin.empty(); }
};

struct CandidateWeights {
  size_t dimension = 0, heads = 1;
  size_t numbers = 0;     // of a candidate beside its token
  bool self = false;      // a candidate sees itself beside the history
  float epsilon = 1e-6F;  // of the norms

  std::vector<float> tokens;  // (tokens, dimension)
  std::vector<float> gaps;    // (buckets, dimension); empty: no request gap is asked
  std::vector<CandidateLayer> layers;
  NormWeights final_norm;
  std::vector<CrossLayerWeights> crosses;
  LinearWeights head_in, head_out;  // dimension + numbers -> dimension -> actions
  EventWeights events;              // empty where a graph alone encodes histories

  size_t num_tokens() const { return tokens.size() / dimension; }
  size_t num_gaps() const { return gaps.size() / dimension; }
  size_t size() const { return dimension / heads; }     // of one head
  size_t width() const { return dimension + numbers; }  // of what the head reads
  size_t actions() const { return head_out.outputs; }
  size_t num_places() const { return events.positions.size() / dimension; }

  // Throws Error naming the array, its length and the one expected.
  void check() const;
};

// Keys and values of one history, (heads, events, size) for each layer.
struct CandidateKeys {
  size_t events = 0;
  std::vector<std::span<const float>> keys, values;
};

// What is asked: candidates' tokens (m), their numbers (m, numbers) and the request's gap, 0 where
// none is asked.
struct CandidateList {
  std::span<const int64_t> tokens;
  std::span<const float> numbers;
  size_t gap = 0;
};

// Of the products of matrices in a kernel; everything else is fp32. kInt8 rounds weights to 8 bits
// by output, and a candidate's values to 8 bits by candidate.
enum class CandidatePrecision { kFp32, kInt8 };

// scores (m, actions), one candidate after the other in the order of the formulas above.
void score_candidates_reference(const CandidateWeights& weights, const CandidateKeys& keys,
                                const CandidateList& list, std::span<float> scores);

}  // namespace kaskad
