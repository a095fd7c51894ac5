// How an error names an option: `--label-share` to who typed it, `label_share` to who gave it to
// the Python package, whose arguments become these options. The library does not know who calls it;
// the program or module that does says so once, before any work.
#pragma once

#include <string>
#include <string_view>

namespace kaskad {

enum class OptionStyle {
  kFlag,      // as on the command line
  kArgument,  // as in Python
};

void name_options_as(OptionStyle style);

// `flag` is that of the command line, "--label-share" or "-o". Empty where Python has no such
// argument.
std::string option_name(std::string_view flag);
// "--learn-from validation" or "learn_from = validation".
std::string option_set_to(std::string_view flag, std::string_view value);

}  // namespace kaskad
