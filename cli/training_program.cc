#include "cli/training_program.h"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>

#include "kaskad/core/error.h"

namespace kaskad::cli {
namespace {

namespace fs = std::filesystem;

fs::path training_program() {
  std::error_code failure;
  const fs::path self = fs::read_symlink("/proc/self/exe", failure);
  if (failure) throw system_error("read", "/proc/self/exe", failure.value());
  fs::path program = self.parent_path() / "kaskad-train";
  if (!fs::exists(program)) {
    throw Error("this build has no training: '" + program.string() +
                "' is missing. Fetch libtorch with `scripts/fetch_wheels.sh --train`, then build "
                "with `cmake --preset release -DKASKAD_TRAIN=ON && ninja -C build/release "
                "kaskad-train`");
  }
  return program;
}

}  // namespace

void start_training_program(const std::string& name, std::vector<std::string> arguments) {
  const std::string program = training_program().string();
  // libgomp reads it when it is loaded. Threads that spin while they wait halve the speed of
  // training as soon as anything else runs on the machine.
  setenv("OMP_WAIT_POLICY", "passive", /*overwrite=*/0);
  std::string called = name;
  std::vector<char*> pointers = {called.data()};
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  execv(program.c_str(), pointers.data());
  throw system_error("start", program, errno);
}

}  // namespace kaskad::cli
