// The amortized ranker of a run of `kaskad train-ranker neural`, written as one ONNX graph under a
// dense mask: the rival that has the same weights and gives the same scores.
//
//   kaskad_rank_dense RUN OUTPUT.onnx
#include <torch/torch.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "bench/protocol/run_report.h"
#include "kaskad/core/file.h"
#include "kaskad/train/checkpoint.h"
#include "kaskad/train/rank/amortized.h"

namespace kaskad::bench {
namespace {

const torch::Tensor& tensor(const train::NamedTensors& tensors, const std::string& name) {
  const auto found = tensors.find(name);
  if (found == tensors.end()) throw Error("the checkpoint has no tensor '" + name + "'");
  return found->second;
}

void write_dense(const std::string& run, const std::string& output) {
  const train::Checkpoint stored = train::read_checkpoint(run + "/checkpoints/best");
  const train::NamedTensors& tensors = stored.tensors;
  const train::Recipe& recipe = stored.identity.recipe;
  train::Amortized model(
      recipe, {.num_items = tensor(tensors, "model.items.table").size(0) - 2,
               .heads = tensor(tensors, "model.head_out.bias").size(0),
               .numbers = tensor(tensors, "model.head_in.weight").size(1) - recipe.dimension,
               .gaps = tensors.contains("model.gaps.table"),
               .actions = tensors.contains("model.actions.table")
                              ? tensor(tensors, "model.actions.table").size(0) - kFirstActionToken
                              : 0});
  const torch::NoGradGuard no_grad;
  for (auto& parameter : model.named_parameters()) {
    parameter.value().copy_(tensor(tensors, "model." + parameter.key()));
  }
  write_file(output, model.reference_graph());
}

int run(int argc, char** argv) {
  std::string directory, output;
  CLI::App app("Writes a trained amortized ranker as one graph under a dense mask.");
  app.add_option("run", directory, "of `kaskad train-ranker neural`")->required();
  app.add_option("output", output, "ONNX file")->required();
  CLI11_PARSE(app, argc, argv);
  write_dense(directory, output);
  return 0;
}

}  // namespace
}  // namespace kaskad::bench

int main(int argc, char** argv) {
  return kaskad::bench::guarded_main("kaskad_rank_dense",
                                     [&] { return kaskad::bench::run(argc, argv); });
}
