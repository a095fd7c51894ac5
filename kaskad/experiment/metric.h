// What is compared between arms: sums over users, one divided by another, or by the users. Called
// by analysis.h and the commands, which print the definitions.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "kaskad/experiment/moments.h"

namespace kaskad::ab {

struct Metric {
  std::string name;
  std::string definition;
  size_t above = 0;
  std::optional<size_t> below = {};  // none: users
  bool whether = false;              // 1 for a user with more than nothing in `above`
  // Columns of the time before the experiment, for CUPED; none: nothing is known of it.
  std::optional<size_t> before_above = {}, before_below = {};
};

// A user's part; columns behind the end of `sums` or `before` are 0.
UserPart part_of(const Metric& metric, std::span<const double> sums,
                 std::span<const double> before);

// Columns of a log's users; each kind of action has one behind them.
enum LogColumn : size_t { kPages, kUsefulPages, kItemsShown, kItemsClicked, kFirstAction };

// SIFR, CTR, actions of each kind a page, conversion, pages a user. `useful` are words for the
// definition: "click or save".
std::vector<Metric> log_metrics(const std::vector<std::string>& actions, const std::string& click,
                                const std::string& useful);

// Throws Error naming the metrics there are.
const Metric& find_metric(const std::vector<Metric>& metrics, const std::string& name);

}  // namespace kaskad::ab
