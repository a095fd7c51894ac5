// kaskad train: hands over to kaskad-train, which lies beside this program and links libtorch. What
// serves never loads libtorch.
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "cli/commands.h"
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

void run(const std::vector<std::string>& given) {
  const std::string program = training_program().string();
  // libgomp reads it when it is loaded. Threads that spin while they wait halve the speed of
  // training as soon as anything else runs on the machine.
  setenv("OMP_WAIT_POLICY", "passive", /*overwrite=*/0);
  std::string name = "kaskad train";
  std::vector<std::string> arguments = given;
  std::vector<char*> pointers = {name.data()};
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  execv(program.c_str(), pointers.data());
  throw system_error("start", program, errno);
}

}  // namespace

void add_train(CLI::App& app) {
  CLI::App* verb = app.add_subcommand(
      "train", "Train SASRec, BERT4Rec or a two-tower model and measure it (--help for options)");
  // All options, --help among them, are those of kaskad-train.
  verb->set_help_flag();
  verb->prefix_command();
  verb->callback([verb] { run(verb->remaining()); });
}

}  // namespace kaskad::cli
