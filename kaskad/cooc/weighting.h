// What one pair of events is worth: the first group of knobs of the grid (METHODS.md, C).
// M[i, j] = sum over users and pairs (i before j) of
//   gap_decay(positions between) * exp(-days between / gap_tau) * exp(-age of j / age_tau)
//   * user_weight(user) * weight(i) * weight(j),   and M[j, i] gets `reverse` times that.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace kaskad {

enum class GapDecay {
  kNone,         // 1
  kInverse,      // 1 / gap
  kInverseRoot,  // 1 / sqrt(gap)
  kExponential,  // exp(-(gap - 1) / gap_scale)
  kAround,       // exp(-|gap - gap_centre| / gap_scale): what comes gap_centre events later
};

// How much a user's pairs count; n is the length of the history.
enum class UserWeight {
  kOne,         // 1
  kInverse,     // 1 / n
  kInverseLog,  // 1 / log(1 + n)
  kIdf,         // log(items / n)^2: with the cosine this is the TF-IDF of item-item libraries
  // 1 / n, while every occurrence of an item counts 1: the steps item -> user -> item of a walk,
  // once the row is divided by its item's occurrences. RP3beta (Paudel et al. 2017) is
  //   W[i, j] = sum over users u of i  1 / |U_i| * 1 / |I_u| / |U_j|^beta:
  // reverse 1, user walk, cosine with alpha 1, target_power beta.
  kWalk,
};

struct PairWeighting {
  double reverse = 0;   // 0: directed, 1: symmetric, between: next + c * reverse
  uint32_t window = 0;  // positions between the two at most; 0: no bound
  GapDecay gap = GapDecay::kNone;
  double gap_scale = 5;    // positions; used by kExponential and kAround
  double gap_centre = 1;   // positions; used by kAround
  double time_window = 0;  // days between the two at most; 0: no bound. Needs a clock
  double gap_tau = 0;      // days; 0: time between the two does not matter. Needs a clock
  double age_tau = 0;      // days; 0: the age of the pair does not matter. Needs a clock
  UserWeight user = UserWeight::kOne;
  // Pairs count the product of their events' weights (ratings, or what --action-weight made of
  // actions), and an item's occurrences their squares, as in the cosine of weighted rows.
  bool event_weight = false;
  uint32_t max_history = 0;  // newest events of a history that count, as n too; 0: all

  bool needs_clock() const { return time_window > 0 || gap_tau > 0 || age_tau > 0; }
  bool is_bag() const {  // order and distance do not matter: every pair of a history counts alike
    return reverse == 1 && window == 0 && gap == GapDecay::kNone && !needs_clock() && !event_weight;
  }
  double gap_weight(uint32_t positions) const;  // 0 beyond the window
  double user_weight(size_t history, size_t items) const;
  double occurrence_weight(size_t history, size_t items) const;  // of an item, in Marginals

  std::string name() const;  // "next, window 20, 1/gap"
  friend bool operator==(const PairWeighting&, const PairWeighting&) = default;
};

std::string_view name_of(GapDecay gap);     // as JSON has it
std::string_view name_of(UserWeight user);  // as JSON has it
void to_json(nlohmann::json& json, const PairWeighting& weighting);
// Missing keys keep their defaults; throws Error naming an unknown key or value.
void from_json(const nlohmann::json& json, PairWeighting& weighting);

}  // namespace kaskad
