// Top-k of every user of a dataset from a cosine top-100 matrix, history uniform: what item-item
// libraries do. Timed: the lists alone, from the finished matrix.
#include <CLI/CLI.hpp>
#include <vector>

#include "bench/protocol/run_report.h"
#include "kaskad/cooc/fit.h"
#include "kaskad/core/npy.h"
#include "kaskad/core/parallel.h"

namespace kaskad::bench {
namespace {

constexpr size_t kBatch = 128;  // users a call

Blend cosine_uniform() {
  Variant variant;
  variant.matrix.weighting = {.reverse = 1, .window = 0};
  variant.matrix.normalisation = {.kind = NormKind::kCosine, .top_k = 100};
  variant.history.position = PositionDecay::kUniform;
  return {.parts = {{variant, 1}}};
}

// (users, k)
std::vector<ScoredItem> recommend_all(const Dataset& dataset, const Retriever& model, size_t k,
                                      int threads) {
  const size_t users = dataset.num_users();
  std::vector<ScoredItem> lists(users * k);
  parallel_for((users + kBatch - 1) / kBatch, threads, [&](size_t batch, int) {
    std::vector<Query> queries;
    const size_t begin = batch * kBatch, end = std::min(users, begin + kBatch);
    for (size_t u = begin; u < end; ++u) queries.push_back({.history = dataset.history(UserId(u))});
    model.retrieve(queries, k, std::span(lists).subspan(begin * k, (end - begin) * k));
  });
  return lists;
}

void save_lists(const std::string& prefix, const std::vector<ScoredItem>& lists, size_t k) {
  std::vector<uint32_t> items;
  std::vector<float> scores;
  for (const ScoredItem& entry : lists) {
    items.push_back(static_cast<uint32_t>(entry.item));
    scores.push_back(entry.score);
  }
  write_npy(prefix + ".items.npy", items, {lists.size() / k, k});
  write_npy(prefix + ".scores.npy", scores, {lists.size() / k, k});
}

int run(int argc, char** argv) {
  std::string directory, save;
  size_t k = 10;
  int threads = 1;
  CLI::App app("Recommends to all users and prints its time.");
  app.add_option("--dataset", directory)->required();
  app.add_option("--k", k);
  app.add_option("--threads", threads);
  app.add_option("--save", save, "prefix of the .npy files that get the lists");
  CLI11_PARSE(app, argc, argv);

  const Dataset dataset = Dataset::open(directory);
  const auto model =
      fit_cooc(dataset, whole_log(dataset), cosine_uniform(), {.threads = default_threads()});
  const Stopwatch watch;
  const std::vector<ScoredItem> lists = recommend_all(dataset, *model, k, threads);
  print_run(watch.seconds(), ", \"users\": " + std::to_string(dataset.num_users()));
  if (!save.empty()) save_lists(save, lists, k);
  return 0;
}

}  // namespace
}  // namespace kaskad::bench

int main(int argc, char** argv) {
  return kaskad::bench::guarded_main("kaskad_batch_recommend",
                                     [&] { return kaskad::bench::run(argc, argv); });
}
