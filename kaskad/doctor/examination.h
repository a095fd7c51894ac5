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

struct Examination {
  std::string url;
  double seconds = 0;             // between the two looks
  std::vector<Finding> findings;  // the worst first; empty: nothing is wrong
  std::vector<std::pair<std::string, std::string>> facts;  // what it is and does, for people
};

// Asks the server twice, `seconds` apart. One that cannot be reached, or that has no figures, is a
// finding. Throws Error where `url` is no address.
Examination examine_server(const std::string& url, double seconds);

// Version, rates, latency, quality: what a person looks at first.
std::vector<std::pair<std::string, std::string>> facts_of(const Readings& readings);

// {"server", "ok", "seconds", "findings": [{"condition", "severity", "stage", "what", "since",
// "remedy"}], "facts": {..}}; stage and since only where they are known.
nlohmann::ordered_json to_json(const Examination& examination);

}  // namespace kaskad::doctor
