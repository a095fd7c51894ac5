// Drawn weights, keys and lists of an amortized ranker's candidates.
#pragma once

#include <algorithm>
#include <cmath>
#include <ostream>
#include <random>

#include "kaskad/kernels/candidate_weights.h"

namespace kaskad {

struct CandidateCase {
  const char* name;
  size_t dimension = 64, heads = 2, layers = 2, numbers = 2, actions = 1;
  size_t events = 101, candidates = 49;
  bool self = false, gaps = true;
  size_t crosses = 0, cross_rank = 0;
  size_t inner() const { return 4 * dimension; }
  friend void PrintTo(const CandidateCase& of, std::ostream* out) { *out << of.name; }
};

inline constexpr size_t kTokens = 500, kGaps = 5;

// Weights about as large as training leaves them, so that every part is seen in the scores.
class DrawnCandidates {
 public:
  explicit DrawnCandidates(const CandidateCase& of) : random_(7) {
    weights.dimension = of.dimension, weights.heads = of.heads;
    weights.numbers = of.numbers, weights.self = of.self;
    weights.tokens = draw(kTokens * of.dimension, 1);
    std::fill_n(weights.tokens.begin(), of.dimension, 0.0F);  // what was never learned
    if (of.gaps) weights.gaps = draw(kGaps * of.dimension, 0.5F);
    for (size_t i = 0; i < of.layers; ++i) weights.layers.push_back(layer(of));
    weights.final_norm = norm(of.dimension);
    const size_t width = of.dimension + of.numbers, rank = of.cross_rank;
    for (size_t i = 0; i < of.crosses; ++i) {
      CrossLayerWeights cross{rank > 0 ? linear(width, rank) : LinearWeights{},
                              linear(rank > 0 ? rank : width, width)};
      std::fill(cross.down.bias.begin(), cross.down.bias.end(), 0.0F);
      weights.crosses.push_back(std::move(cross));
    }
    weights.head_in = linear(width, of.dimension);
    weights.head_out = linear(of.dimension, of.actions);
    for (size_t i = 0; i < of.layers; ++i) {
      arrays.push_back(draw(of.events * of.dimension, 1));
      arrays.push_back(draw(of.events * of.dimension, 1));
    }
    keys.events = of.events;
    for (size_t i = 0; i < of.layers; ++i) {
      keys.keys.emplace_back(arrays[2 * i]), keys.values.emplace_back(arrays[2 * i + 1]);
    }
    for (size_t c = 0; c < of.candidates; ++c) {
      tokens.push_back(c % 6 == 5 ? 0 : static_cast<int64_t>(random_() % kTokens));
    }
    numbers = draw(of.candidates * of.numbers, 1);
    list = {tokens, numbers, of.gaps ? kGaps - 2 : 0};
  }

  // What the events of a history are made of, and a history of `count` after its begin token.
  void draw_events(size_t count, bool gaps, bool actions) {
    const size_t d = weights.dimension;
    weights.events.begin = draw(d, 1);
    weights.events.positions = draw((count + 1) * d, 0.5F);
    if (gaps) weights.events.gaps = draw(kGaps * d, 0.5F);
    if (actions) weights.events.actions = draw(3 * d, 0.5F);
    event_tokens.assign(1, static_cast<int64_t>(kTokens));
    for (size_t e = 0; e <= count; ++e) {
      if (e > 0) event_tokens.push_back(static_cast<int64_t>(random_() % kTokens));
      event_gaps.push_back(static_cast<int64_t>(random_() % kGaps));
      event_actions.push_back(static_cast<int64_t>(random_() % 3));
    }
  }

  CandidateList part(size_t first, size_t count) const {
    return {list.tokens.subspan(first, count),
            list.numbers.subspan(first * weights.numbers, count * weights.numbers), list.gap};
  }

  CandidateWeights weights;
  std::vector<std::vector<float>> arrays;
  CandidateKeys keys;
  std::vector<int64_t> tokens;
  std::vector<float> numbers;
  CandidateList list;
  std::vector<int64_t> event_tokens, event_gaps, event_actions;

 private:
  std::vector<float> draw(size_t count, float deviation, float mean = 0) {
    std::normal_distribution<float> normal(mean, deviation);
    std::vector<float> out(count);
    for (float& x : out) x = normal(random_);
    return out;
  }
  LinearWeights linear(size_t inputs, size_t outputs) {
    const float deviation = 1 / std::sqrt(static_cast<float>(inputs));
    return {inputs, outputs, draw(inputs * outputs, deviation), draw(outputs, 0.1F)};
  }
  NormWeights norm(size_t dimension) { return {draw(dimension, 0.1F, 1), draw(dimension, 0.1F)}; }
  CandidateLayer layer(const CandidateCase& of) {
    const size_t d = of.dimension;
    return {norm(d),
            norm(d),
            linear(d, 3 * d),
            linear(d, d),
            linear(d, of.inner()),
            linear(of.inner(), d)};
  }

  std::mt19937 random_;
};

}  // namespace kaskad
