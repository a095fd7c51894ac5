// Counters C(q, p) of candidates as numbers that a linear layer weighs: shares and rates in the
// shape bits_log2(), then all brought to mean 0 and deviation 1 of the lists that training sees.
// Both steps are affine but for the bits, so that serving folds them into the layer's weights.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <vector>

#include "kaskad/counters/counter_store.h"
#include "kaskad/model/ranker.h"

namespace kaskad {

struct CounterScale {
  std::vector<uint8_t> logged;  // (features): 1 where bits_log2(x) is scaled and not x
  // (features) z = (x - mean) * inverse; inverse 0 where training saw one value alone.
  std::vector<float> mean, inverse;

  size_t size() const { return mean.size(); }
  // `names` as feature_names() of a store; `rows` (rows, features) of candidates. Flags of what is
  // missing are not logged; with `logarithms` false nothing is.
  static CounterScale learn(std::span<const std::string> names, std::span<const float> rows,
                            bool logarithms);
  // `rows` (candidates, features) -> out[i * stride + j].
  void scale(std::span<const float> rows, float* out, size_t stride) const;
};

void to_json(nlohmann::json& json, const CounterScale& scale);
void from_json(const nlohmann::json& json, CounterScale& scale);

// Counters of a request as of a store, and how they are scaled. Read-only, thread-safe.
struct CrossCounters {
  const CounterStore* store = nullptr;  // null: another fills the columns in, list by list
  CounterScale scale;
};

CounterRequest counter_request(const RankRequest& request);

}  // namespace kaskad
