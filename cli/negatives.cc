#include "cli/negatives.h"

#include <filesystem>

#include "cli/child_process.h"
#include "cli/console.h"
#include "kaskad/core/error.h"

namespace kaskad::cli {
namespace {

namespace fs = std::filesystem;

struct Kind {
  const char* name;
  std::vector<std::string> settings;
};

// The full softmax is what sampling stands in for. LogQ only matters where the negatives are not
// drawn uniformly.
std::vector<Kind> kinds() {
  const auto sampled = [](const char* name, const std::string& negatives, const std::string& logq) {
    return Kind{name, {"loss=sampled_softmax", "negatives=" + negatives, "logq=" + logq}};
  };
  return {{"full-softmax", {"loss=softmax", "logq=none"}},
          sampled("uniform", "uniform", "none"),
          sampled("in-batch", "in_batch", "none"),
          sampled("in-batch-logq", "in_batch", "classic"),
          sampled("in-batch-logq-corrected", "in_batch", "corrected"),
          sampled("mixed", "mixed", "none"),
          sampled("mixed-logq-corrected", "mixed", "corrected")};
}

std::vector<std::string> training_command(const NegativesPlan& plan, const Kind& kind,
                                          const std::string& output) {
  std::vector<std::string> command = {"/proc/self/exe", "train", plan.dataset};
  if (!plan.recipe.empty()) command.push_back(plan.recipe);
  command.insert(command.end(), {"--split", plan.split, "--output", output});
  for (const auto& settings : {plan.settings, kind.settings}) {
    for (const std::string& setting : settings) command.insert(command.end(), {"--set", setting});
  }
  if (fs::exists(output + "/checkpoints")) command.emplace_back("--resume");
  return command;
}

}  // namespace

std::vector<std::string> train_negatives(const NegativesPlan& plan) {
  std::vector<std::string> folders;
  for (const Kind& kind : kinds()) {
    const std::string output = plan.folder + "/" + kind.name;
    folders.push_back(output);
    if (fs::exists(output + "/result.json")) {
      say(output + " is there already");
      continue;
    }
    say("training " + output);
    ChildProcess training(training_command(plan, kind, output));
    if (const std::string failure = training.wait(); !failure.empty()) {
      throw Error("the training of '" + output + "' ended with " + failure);
    }
  }
  return folders;
}

}  // namespace kaskad::cli
