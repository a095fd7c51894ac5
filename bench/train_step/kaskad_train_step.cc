// Training steps of SASRec with full softmax, as `kaskad train` makes them: forward, loss,
// backward, the gradient's norm, Adam. One JSON line with the seconds of all timed steps; see
// run.py.
#include <torch/torch.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <string>
#include <vector>

#include "bench/protocol/run_report.h"
#include "kaskad/train/learner.h"
#include "kaskad/train/sasrec.h"

namespace kaskad::train {
namespace {

struct Options {
  std::vector<int64_t> lengths;
  int64_t items = 3416, max_history = 200;
  int warm = 3, steps = 10, threads = 2;
  std::string precision = "fp32";
};

Options parse(int argc, char** argv) {
  CLI::App app("Training steps of SASRec with full softmax");
  Options options;
  app.add_option("--lengths", options.lengths, "events of each history")
      ->delimiter(',')
      ->required();
  app.add_option("--items", options.items);
  app.add_option("--max-history", options.max_history);
  app.add_option("--warm", options.warm, "steps before the clock starts");
  app.add_option("--steps", options.steps);
  app.add_option("--threads", options.threads);
  app.add_option("--precision", options.precision, "fp32 or bf16");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    std::exit(app.exit(error));
  }
  return options;
}

// Random items; the target of a place is the item at the next one.
SequenceBatch make_batch(const Options& options) {
  const auto batch = static_cast<int64_t>(options.lengths.size());
  SequenceBatch out;
  out.tokens = torch::zeros({batch, options.max_history}, torch::kInt64);
  out.targets = torch::full({batch, options.max_history}, kNoTarget, torch::kInt64);
  for (int64_t b = 0; b < batch; ++b) {
    const int64_t length = options.lengths[static_cast<size_t>(b)];
    const torch::Tensor items = torch::randint(0, options.items, {length + 1}, torch::kInt64);
    const int64_t begin = options.max_history - length;
    out.tokens[b].narrow(0, begin, length).copy_(items.narrow(0, 0, length) + 1);
    out.targets[b].narrow(0, begin, length).copy_(items.narrow(0, 1, length));
  }
  return out;
}

int run(const Options& options) {
  at::set_num_threads(options.threads);
  Recipe recipe;  // the reference rows' SASRec: d 64, 2 blocks, 1 head, full softmax
  recipe.device = "cpu";
  recipe.set("precision", options.precision);
  torch::manual_seed(1);
  const SequenceBatch batch = make_batch(options);
  Learner learner(std::make_shared<Sasrec>(recipe, ModelCatalogue{.num_items = options.items}),
                  recipe, std::vector<uint64_t>(static_cast<size_t>(options.items), uint64_t{1}));
  const auto step = [&] { return learner.step(batch, recipe.learning_rate).loss; };
  std::vector<double> losses;
  for (int i = 0; i < options.warm; ++i) losses.push_back(step());
  const bench::Stopwatch watch;
  const std::clock_t begin = std::clock();
  for (int i = 0; i < options.steps; ++i) losses.push_back(step());
  const double cpu_seconds = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  int64_t parameters = 0;
  for (const torch::Tensor& weight : learner.model().parameters()) parameters += weight.numel();
  char more[200];
  std::snprintf(more, sizeof more,
                ", \"cpu_seconds\": %.6f, \"first_loss\": %.5f, \"last_loss\": %.5f, "
                "\"parameters\": %lld",
                cpu_seconds, losses.front(), losses.back(), static_cast<long long>(parameters));
  bench::print_run(watch.seconds(), more);
  return 0;
}

}  // namespace
}  // namespace kaskad::train

int main(int argc, char** argv) {
  const kaskad::train::Options options = kaskad::train::parse(argc, argv);
  return kaskad::bench::guarded_main("kaskad_train_step",
                                     [&] { return kaskad::train::run(options); });
}
