// What the command line shows: progress on standard error, results on standard output.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "kaskad/core/progress.h"

namespace kaskad::cli {

// A bar that redraws itself on a terminal, with rate and remaining time; elsewhere a line every
// ten seconds. Draws nothing when `quiet`.
Progress console_progress(bool quiet = false);

// Ends the line of a bar that is on the screen; call before printing anything else.
void end_progress();

// A line on standard error.
void say(const std::string& line);

// One JSON object on standard output.
void print_json(const nlohmann::json& value);

}  // namespace kaskad::cli
