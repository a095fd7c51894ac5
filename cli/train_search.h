// kaskad train-ranker bm25 and counters: rankers of searches that are counted rather than trained.
#pragma once

#include <CLI/CLI.hpp>

namespace kaskad::cli {

void add_search_rankers(CLI::App& train_ranker);

}  // namespace kaskad::cli
