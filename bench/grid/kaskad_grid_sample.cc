// Scores the variants of a TOML grid, or of the default one, on the validation of a split, as
// `kaskad grid` does, but those alone: no refinement, no blend, no report. Prints one JSON line a
// variant, then the seconds of all from the split to the last score.
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "bench/protocol/run_report.h"
#include "kaskad/core/memory.h"
#include "kaskad/grid/grid.h"
#include "kaskad/grid/space.h"
#include "kaskad/grid/variant_scorer.h"

namespace kaskad::bench {
namespace {

int run(int argc, char** argv) {
  std::string directory, space, split_text = "leave-one-out";
  int threads = 1;
  CLI::App app("Scores a sample of variants and prints the time.");
  app.add_option("--dataset", directory)->required();
  app.add_option("--space", space, "TOML file of the grid; none: the default grid");
  app.add_option("--split", split_text);
  app.add_option("--threads", threads);
  CLI11_PARSE(app, argc, argv);

  keep_freed_memory();  // as `kaskad grid` does
  const Dataset dataset = Dataset::open(directory);
  const Split split = make_split(dataset, SplitOptions::parse(split_text));
  const std::vector<Variant> variants =
      variants_of(space.empty() ? default_space(facts_of(dataset)) : read_space(space));
  std::vector<const Phase*> phases;
  for (const Phase& phase : split.validations) phases.push_back(&phase);

  const Stopwatch watch;
  VariantScorer scorer(dataset, phases, {.threads = threads});
  std::vector<VariantScore> scores;
  scorer.score(variants, [&](VariantScore&& score) {
    scores.push_back(std::move(score));
    return true;
  });
  const double seconds = watch.seconds();
  for (const VariantScore& score : scores) {
    const nlohmann::json line = {{"variant", score.variant.name()},
                                 {"hit_rate@10", score.hit_rate},
                                 {"ndcg@10", score.ndcg}};
    std::printf("%s\n", line.dump().c_str());
  }
  print_run(seconds, ", \"variants\": " + std::to_string(scores.size()));
  return 0;
}

}  // namespace
}  // namespace kaskad::bench

int main(int argc, char** argv) {
  return kaskad::bench::guarded_main("kaskad_grid_sample",
                                     [&] { return kaskad::bench::run(argc, argv); });
}
