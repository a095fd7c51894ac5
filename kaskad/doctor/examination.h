// A running server looked at from outside: its health, and its figures at two moments. Called by
// `kaskad doctor --server`.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <utility>
#include <vector>

#include "kaskad/doctor/condition.h"

namespace kaskad::doctor {

// Version, rates, latency, quality: what a person looks at first.
using Facts = std::vector<std::pair<std::string, std::string>>;

struct Examination {
  std::string url;
  double seconds = 0;                  // between the two looks
  std::vector<Finding> findings = {};  // the worst first; empty: nothing is wrong
  Facts facts = {};                    // what it is and does
};

// Asks the server twice, `seconds` apart. One that cannot be reached, or that has no figures, is a
// finding. Throws Error where `url` is no address.
Examination examine_server(const std::string& url, double seconds);

Facts facts_of(const Readings& readings);

// {"server", "ok", "seconds", "findings": [..], "facts": {..}}
nlohmann::ordered_json to_json(const Examination& examination);
// [{"condition", "severity", "stage", "what", "since", "remedy"}]; stage and since only where they
// are known.
nlohmann::ordered_json to_json(const std::vector<Finding>& findings);
nlohmann::ordered_json to_json(const Facts& facts);  // {name: text}

}  // namespace kaskad::doctor
