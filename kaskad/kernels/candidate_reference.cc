#include <algorithm>
#include <cmath>
#include <utility>

#include "kaskad/core/error.h"
#include "kaskad/kernels/candidate_weights.h"
#include "kaskad/kernels/history_kernel.h"

namespace kaskad {
namespace {

using Row = std::vector<float>;

Row applied(const LinearWeights& map, const Row& x) {
  Row y = map.bias;
  for (size_t o = 0; o < map.outputs; ++o) {
    for (size_t i = 0; i < map.inputs; ++i) y[o] += map.weight[o * map.inputs + i] * x[i];
  }
  return y;
}

Row applied(const NormWeights& norm, const Row& x, float epsilon) {
  float mean = 0, variance = 0;
  for (const float value : x) mean += value / static_cast<float>(x.size());
  for (const float value : x) {
    variance += (value - mean) * (value - mean) / static_cast<float>(x.size());
  }
  Row y(x.size());
  for (size_t i = 0; i < x.size(); ++i) {
    y[i] = (x[i] - mean) / std::sqrt(variance + epsilon) * norm.scale[i] + norm.shift[i];
  }
  return y;
}

void relu(Row& x) {
  for (float& value : x) value = std::max(value, 0.0F);
}

void add(Row& x, const Row& y) {
  for (size_t i = 0; i < x.size(); ++i) x[i] += y[i];
}

// x = x0 * map(down(x)) + x
void cross(const CrossLayerWeights& layer, const Row& x0, Row& x) {
  const Row by = applied(layer.map, layer.down.outputs > 0 ? applied(layer.down, x) : x);
  for (size_t i = 0; i < x.size(); ++i) x[i] += x0[i] * by[i];
}

float product(const float* a, const float* b, size_t size) {
  float sum = 0;
  for (size_t i = 0; i < size; ++i) sum += a[i] * b[i];
  return sum;
}

// qkv (3 x dimension) of one candidate -> what it takes from the history, and from itself.
Row attend(const CandidateWeights& weights, const CandidateKeys& history, size_t layer,
           const Row& qkv, bool self) {
  const size_t size = weights.size(), events = history.events;
  Row out(weights.dimension, 0);
  for (size_t head = 0; head < weights.heads; ++head) {
    const float* query = qkv.data() + head * size;
    const float* keys = history.keys[layer].data() + head * events * size;
    const float* values = history.values[layer].data() + head * events * size;
    std::vector<std::pair<float, const float*>> seen;  // score, value
    for (size_t k = 0; k < events; ++k) {
      seen.emplace_back(product(query, keys + k * size, size), values + k * size);
    }
    if (self) {
      const float* own = query + weights.dimension;
      seen.emplace_back(product(query, own, size), own + weights.dimension);
    }
    float largest = seen[0].first, sum = 0;
    for (const auto& [score, value] : seen) largest = std::max(largest, score);
    for (auto& [score, value] : seen) {
      score = std::exp((score - largest) / std::sqrt(static_cast<float>(size)));
      sum += score;
    }
    for (const auto& [score, value] : seen) {
      for (size_t i = 0; i < size; ++i) out[head * size + i] += score / sum * value[i];
    }
  }
  return out;
}

// What a layer makes of x behind its attention.
void finish(const CandidateWeights& weights, const CandidateLayer& layer, const Row& attended,
            Row& x) {
  add(x, applied(layer.out, attended));
  Row inner = applied(layer.up, applied(layer.norm2, x, weights.epsilon));
  relu(inner);
  add(x, applied(layer.down, inner));
}

// The sum of what an event is known by.
Row event_row(const CandidateWeights& weights, const EventList& events, size_t event) {
  const size_t d = weights.dimension;
  const auto token = static_cast<size_t>(events.tokens[event]);
  Row x(weights.events.begin);
  if (token < weights.num_tokens())
    std::copy_n(weights.tokens.begin() + static_cast<std::ptrdiff_t>(token * d), d, x.begin());
  const auto add_from = [&](const std::vector<float>& table, size_t row) {
    for (size_t i = 0; i < d; ++i) x[i] += table[row * d + i];
  };
  add_from(weights.events.positions, event);
  if (!weights.events.gaps.empty())
    add_from(weights.events.gaps, static_cast<size_t>(events.gaps[event]));
  if (!weights.events.actions.empty()) {
    add_from(weights.events.actions, static_cast<size_t>(events.actions[event]));
  }
  return x;
}

}  // namespace

void encode_history_reference(const CandidateWeights& weights, const EventList& events,
                              HistoryArrays& out) {
  const size_t d = weights.dimension, size = weights.size(), count = events.tokens.size();
  std::vector<Row> x, qkv(count);
  for (size_t e = 0; e < count; ++e) x.push_back(event_row(weights, events, e));
  CandidateKeys keys{count, {}, {}};
  for (size_t l = 0; l < weights.layers.size(); ++l) {
    const CandidateLayer& layer = weights.layers[l];
    for (size_t e = 0; e < count; ++e) {
      qkv[e] = applied(layer.in, applied(layer.norm1, x[e], weights.epsilon));
      for (size_t i = 0; i < d; ++i) {
        const size_t at = (i / size * count + e) * size + i % size;
        out[2 * l][at] = qkv[e][d + i];
        out[2 * l + 1][at] = qkv[e][2 * d + i];
      }
    }
    keys.keys.emplace_back(out[2 * l]), keys.values.emplace_back(out[2 * l + 1]);
    for (size_t e = 0; e < count; ++e) {
      finish(weights, layer, attend(weights, keys, l, qkv[e], /*self=*/false), x[e]);
    }
  }
}

void score_candidates_reference(const CandidateWeights& weights, const CandidateKeys& keys,
                                const CandidateList& list, std::span<float> scores) {
  const size_t d = weights.dimension, actions = weights.actions();
  KASKAD_ASSERT(scores.size() == list.tokens.size() * actions);
  for (size_t c = 0; c < list.tokens.size(); ++c) {
    const float* token = weights.tokens.data() + static_cast<size_t>(list.tokens[c]) * d;
    Row x(token, token + d);
    for (size_t i = 0; i < d && !weights.gaps.empty(); ++i) x[i] += weights.gaps[list.gap * d + i];
    for (size_t l = 0; l < weights.layers.size(); ++l) {
      const CandidateLayer& layer = weights.layers[l];
      const Row qkv = applied(layer.in, applied(layer.norm1, x, weights.epsilon));
      finish(weights, layer, attend(weights, keys, l, qkv, weights.self), x);
    }
    Row last = applied(weights.final_norm, x, weights.epsilon);
    const auto numbers = list.numbers.subspan(c * weights.numbers, weights.numbers);
    last.insert(last.end(), numbers.begin(), numbers.end());
    const Row first = last;
    for (const CrossLayerWeights& layer : weights.crosses) cross(layer, first, last);
    Row hidden = applied(weights.head_in, last);
    relu(hidden);
    const Row answer = applied(weights.head_out, hidden);
    std::copy(answer.begin(), answer.end(),
              scores.begin() + static_cast<std::ptrdiff_t>(c * actions));
  }
}

}  // namespace kaskad
