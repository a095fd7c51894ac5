// Where a verb writes a directory of several files.
#pragma once

#include <string>

namespace kaskad::cli {

// The output is replaced as a whole, so it must not be somebody's directory of other things: throws
// Error when `output` exists, is not empty, and has no file `mark`. `what` is "an earlier split".
void check_replaceable(const std::string& output, const std::string& mark, const std::string& what);

}  // namespace kaskad::cli
