#include "cli/output_directory.h"

#include <filesystem>

#include "kaskad/core/error.h"

namespace kaskad::cli {

namespace fs = std::filesystem;

void check_replaceable(const std::string& output, const std::string& mark,
                       const std::string& what) {
  if (!fs::exists(output) || fs::exists(output + "/" + mark)) return;
  if (!fs::is_directory(output) || !fs::is_empty(output)) {
    throw Error("'" + output + "' exists and is not " + what + "; choose another directory");
  }
}

}  // namespace kaskad::cli
