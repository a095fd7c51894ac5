// How a user's history asks the matrix: the third group of knobs (METHODS.md, C).
// score(j) = combine over events k of  v(k) * N[h_k, j],
// k = 0 the newest event, v(k) = position weight(k) * exp(-age_k / age_tau), where ages count from
// the newest event that takes part. From the request they would all be longer by the same time,
// which is the same factor in every term, and after a long absence no float would hold them.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kaskad/dataset/dataset.h"

namespace kaskad {

enum class PositionDecay {
  kUniform,    // 1
  kGeometric,  // decay^k
  kPower,      // 1 / (1 + k)^decay
};

enum class Combine {
  kSum,      // sum x
  kProduct,  // product (1 + x), as its logarithm: sum log(1 + x)
  kMax,      // max x
};

struct HistoryWeighting {
  PositionDecay position = PositionDecay::kPower;
  double decay = 1;    // base of kGeometric, exponent of kPower
  double age_tau = 0;  // days; 0: age does not matter. Needs a clock
  uint32_t last = 0;   // newest events used; 0: all that weigh at least kNegligible
  uint32_t skip = 0;   // of these the newest `skip` are left out
  Combine combine = Combine::kSum;

  std::string name() const;  // "1/(1+k)"
  friend bool operator==(const HistoryWeighting&, const HistoryWeighting&) = default;
};

// Events that weigh less than this share of the heaviest are left out: they cannot move a rank
// except among near-ties.
inline constexpr double kNegligible = 1e-4;

// One event of a history that takes part in a score.
struct WeightedItem {
  uint32_t item;
  uint32_t position;  // in the history, oldest first
  float weight;       // > 0
};

// Newest first. `times` in milliseconds; ignored without an age_tau.
void weigh_history(const HistoryWeighting& weighting, std::span<const ItemId> items,
                   std::span<const int64_t> times, std::vector<WeightedItem>& out);

std::string_view name_of(Combine combine);  // as JSON has it
void to_json(nlohmann::json& json, const HistoryWeighting& weighting);
void from_json(const nlohmann::json& json, HistoryWeighting& weighting);

}  // namespace kaskad
