// What an error says of a name that nobody knows: the known ones, and the one that was meant.
#pragma once

#include <string>
#include <vector>

namespace kaskad {

// The known name that `found` was most likely meant to be; empty: none is spelt nearly so.
std::string nearest_name(const std::vector<std::string>& known, const std::string& found);

// "one of: a, b, c" with "; did you mean 'b'?" where one of them is spelt nearly so; "none" where
// there are none.
std::string one_of(const std::vector<std::string>& known, const std::string& found);

// Those of things that have a `name`.
template <typename Things>
std::vector<std::string> known_names(const Things& things) {
  std::vector<std::string> names;
  for (const auto& thing : things) names.push_back(thing.name);
  return names;
}

}  // namespace kaskad
