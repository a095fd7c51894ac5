#include "cli/run_program.h"

#include <cstdlib>
#include <exception>
#include <string>
#include <vector>

#include "cli/console.h"
#include "kaskad/core/error.h"
#include "kaskad/core/nearest_name.h"
#include "kaskad/core/option_name.h"

namespace kaskad::cli {
namespace {

constexpr int kFault = 1, kBug = 70;

// Set by the Python package, whose arguments became the options of this command line.
bool called_from_python() { return std::getenv("KASKAD_CALLED_FROM_PYTHON") != nullptr; }

// The arguments that a verb takes, as Python calls them.
std::vector<std::string> arguments_of(const CLI::App& app) {
  const CLI::App* verb = &app;
  while (!verb->get_subcommands().empty()) verb = verb->get_subcommands().front();
  std::vector<std::string> names;
  for (const CLI::Option* option : verb->get_options()) {
    for (const std::string& name : option->get_lnames()) {
      if (name != "help" && name != "json") names.push_back(option_name("--" + name));
    }
  }
  return names;
}

int explain(const CLI::App& app, const CLI::ParseError& error) {
  if (!called_from_python() || error.get_exit_code() == 0) return app.exit(error);
  const std::vector<std::string> extra = app.remaining(/*recurse=*/true);
  if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::ExtrasError) && !extra.empty()) {
    const std::string found = option_name(extra.front());
    say("error: found the argument '" + found + "', expected " + one_of(arguments_of(app), found));
  } else {
    say(std::string("error: ") + error.what());
  }
  return error.get_exit_code();
}

}  // namespace

int run_program(CLI::App& app, int argc, char** argv, const std::function<int()>& run) {
  if (called_from_python()) name_options_as(OptionStyle::kArgument);
  try {
    app.parse(argc, argv);
    return run ? run() : 0;
  } catch (const CLI::ParseError& error) {
    return explain(app, error);
  } catch (const Error& error) {
    say(std::string("error: ") + error.what());
    return kFault;
  } catch (const std::exception& error) {
    say(std::string("internal error: ") + error.what());
    return kBug;
  }
}

}  // namespace kaskad::cli
