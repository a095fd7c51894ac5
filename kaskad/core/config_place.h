// Where in a configuration file a value stands, kept for errors that are found after reading it.
#pragma once

#include <string>

namespace kaskad {

// "cascade.toml, line 7, key 'rank.bundle'": how an error about the value begins.
struct ConfigPlace {
  std::string text;
};

}  // namespace kaskad
