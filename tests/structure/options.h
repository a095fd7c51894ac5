// The options that the commands declare, and those that texts of the program name.
#pragma once

#include <set>
#include <string>
#include <vector>

namespace kaskad {

struct OptionMention {
  std::string place;   // "kaskad/log/time_text.cc:222"
  std::string option;  // "--time"
};

// "--output" of every add_option("-o,--output", ...) and its like in cli/, those of CLI11 itself
// included; "--item-key" and "--user-key" of "--" + of + "-key".
std::set<std::string> declared_options(const std::string& source_root);

// Every --word within a string literal of kaskad/ and cli/, but for those behind cmake or a script.
std::vector<OptionMention> mentioned_options(const std::string& source_root);

}  // namespace kaskad
