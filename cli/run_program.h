// What both programs do around their verbs: parse, and turn what went wrong into an exit status.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace kaskad::cli {

// Parses and returns what `run` does, by default 0. A wrong command line is explained; a
// kaskad::Error becomes a line on standard error and status 1, any other exception status 70.
int run_program(CLI::App& app, int argc, char** argv, const std::function<int()>& run = {});

}  // namespace kaskad::cli
