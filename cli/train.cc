// kaskad train: hands over to kaskad-train.
#include "cli/commands.h"
#include "cli/training_program.h"

namespace kaskad::cli {

void add_train(CLI::App& app) {
  CLI::App* verb = app.add_subcommand(
      "train", "Train SASRec, BERT4Rec or a two-tower model and measure it (--help for options)");
  // All options, --help among them, are those of kaskad-train.
  verb->set_help_flag();
  verb->prefix_command();
  verb->callback([verb] { start_training_program("kaskad train", verb->remaining()); });
}

}  // namespace kaskad::cli
