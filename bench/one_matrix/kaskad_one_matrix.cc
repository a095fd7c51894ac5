// One top-k item-item matrix of a whole dataset. Timed: from the dataset's mapped histories to
// the finished matrix in memory, as the rivals are timed from their matrix in memory.
#include <CLI/CLI.hpp>
#include <map>

#include "bench/protocol/run_report.h"
#include "kaskad/cooc/fit.h"
#include "kaskad/cooc/fused_matrix.h"
#include "kaskad/core/npy.h"

namespace kaskad::bench {
namespace {

struct Kind {
  UserWeight user;
  NormKind norm;
};

const std::map<std::string, Kind> kKinds = {
    {"cosine", {UserWeight::kOne, NormKind::kCosine}},
    {"dot", {UserWeight::kOne, NormKind::kRaw}},
    {"bm25", {UserWeight::kIdf, NormKind::kBm25}},
};

ItemMatrix build(const Dataset& dataset, const Phase& phase, const Kind& kind, uint32_t k,
                 int threads) {
  const PairWeighting bag{.reverse = 1, .window = 0, .user = kind.user};
  const Normalisation normalisation{.kind = kind.norm, .top_k = k};
  const Sequences sequences =
      Sequences::build(dataset, phase.fit_end, phase.horizon, 0, SequenceParts::kHistories);
  return fused_matrix(sequences, bag, normalisation, threads);
}

int run(int argc, char** argv) {
  std::string directory, kind, save;
  uint32_t k = 100;
  int threads = 1;
  CLI::App app("Builds one item-item matrix and prints its time.");
  app.add_option("--dataset", directory)->required();
  app.add_option("--kind", kind)->required()->check(CLI::IsMember(kKinds));
  app.add_option("--k", k, "neighbours kept of an item");
  app.add_option("--threads", threads);
  app.add_option("--save", save, "prefix of the .npy files that get the matrix");
  CLI11_PARSE(app, argc, argv);

  const Dataset dataset = Dataset::open(directory);
  const Phase phase = whole_log(dataset);
  const Stopwatch watch;
  const ItemMatrix matrix = build(dataset, phase, kKinds.at(kind), k, threads);
  print_run(watch.seconds());
  if (!save.empty()) {
    write_npy(save + ".indptr.npy", matrix.row_begin);
    write_npy(save + ".indices.npy", matrix.columns);
    write_npy(save + ".data.npy", matrix.values);
  }
  return 0;
}

}  // namespace
}  // namespace kaskad::bench

int main(int argc, char** argv) {
  return kaskad::bench::guarded_main("kaskad_one_matrix",
                                     [&] { return kaskad::bench::run(argc, argv); });
}
