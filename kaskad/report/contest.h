// The table at the head of a comparison: the deciding metric of everybody, the best first, and the
// paired difference to the best, intervals drawn in the row. Called by the pages.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "kaskad/report/page.h"

namespace kaskad::html {

struct Contestant {
  Cell name;
  const nlohmann::json& figure;      // of the metric: value, low, high
  const nlohmann::json& difference;  // to the best, the same
  bool may_equal_best = false;
};

// `who` are "method" or "ranker"; `pairing` says over what the differences are paired.
Html contest(const std::string& metric, const std::string& who, const std::string& pairing,
             const std::vector<Contestant>& best_first);

}  // namespace kaskad::html
