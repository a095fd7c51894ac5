#include "cli/run_program.h"

#include <exception>

#include "cli/console.h"
#include "kaskad/core/error.h"

namespace kaskad::cli {

int run_program(CLI::App& app, int argc, char** argv, const std::function<int()>& run) {
  constexpr int kFault = 1, kBug = 70;
  try {
    app.parse(argc, argv);
    return run ? run() : 0;
  } catch (const CLI::ParseError& error) {
    return app.exit(error);
  } catch (const Error& error) {
    say(std::string("error: ") + error.what());
    return kFault;
  } catch (const std::exception& error) {
    say(std::string("internal error: ") + error.what());
    return kBug;
  }
}

}  // namespace kaskad::cli
