// kaskad-train, the program beside this one that links libtorch: what serves never loads it.
#pragma once

#include <string>
#include <vector>

namespace kaskad::cli {

// Becomes that program; it calls itself `name` in its help. Throws Error when this build has none.
[[noreturn]] void start_training_program(const std::string& name,
                                         std::vector<std::string> arguments);

}  // namespace kaskad::cli
