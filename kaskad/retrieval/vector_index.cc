#include "kaskad/retrieval/vector_index.h"

#include <chrono>
#include <cstdio>

#include "kaskad/core/error.h"
#include "kaskad/retrieval/hnsw_index.h"
#include "kaskad/retrieval/int8_index.h"
#include "kaskad/retrieval/measure_index.h"

namespace kaskad {
namespace {

using Clock = std::chrono::steady_clock;

// Below this many items kAuto builds no graph: scans answer in well under a millisecond there.
constexpr size_t kGraphWorthwhile = 50'000;

std::unique_ptr<BuiltIndex> make_timed(IndexKind kind, const ItemRows& items,
                                       const IndexOptions& options) {
  const auto start = Clock::now();
  auto index = make_index(kind, items, options);
  const std::chrono::duration<double> seconds = Clock::now() - start;
  index->set_report({.kind = kind, .recall_k = options.recall_k, .build_seconds = seconds.count()});
  return index;
}

std::unique_ptr<BuiltIndex> make_int8(const ItemRows& items, const RecallSample& sample,
                                      const IndexOptions& options) {
  auto index = make_timed(IndexKind::kExactInt8, items, options);
  auto& int8 = static_cast<Int8Index&>(*index);
  choose_leading(int8, items.count(), items.dimension, sample.queries(), sample.k());
  IndexReport report = index->report();
  report.leading = int8.leading();
  index->set_report(report);
  return index;
}

void measure(BuiltIndex& index, const RecallSample& sample) {
  IndexReport report = index.report();
  report.recall = report.kind == IndexKind::kExact ? 1 : sample.recall(index);
  report.seconds_a_query = sample.seconds_a_query(index);
  report.bytes = index.bytes();
  index.set_report(report);
}

// Widens the search of a graph until it reaches the recall, or has 8 times the width.
void widen(HnswIndex& index, const RecallSample& sample, double recall) {
  for (int doublings = 0; doublings < 3 && index.report().recall < recall; ++doublings) {
    index.set_width(2 * index.width());
    measure(index, sample);
  }
}

[[noreturn]] void refuse(const IndexReport& report, const IndexOptions& options) {
  char numbers[96];
  std::snprintf(numbers, sizeof(numbers), "finds %.4f of the exact top %zu, asked were %.4f",
                report.recall, report.recall_k, options.recall);
  const std::string wider =
      report.kind == IndexKind::kHnsw
          ? "raise hnsw_search (now " + std::to_string(options.hnsw_search) + ") or hnsw_links, "
          : "";
  throw Error("the index '" + to_string(report.kind) + "' " + numbers + ": " + wider +
              "ask for less recall, or take 'exact' or 'auto'");
}

std::unique_ptr<BuiltIndex> fastest(std::unique_ptr<BuiltIndex> exact, const ItemRows& items,
                                    const RecallSample& sample, const IndexOptions& options) {
  auto best = std::move(exact);
  const auto consider = [&](std::unique_ptr<BuiltIndex> index) {
    const IndexReport &theirs = index->report(), &ours = best->report();
    const bool reaches = theirs.recall >= options.recall;
    if (reaches && theirs.seconds_a_query < ours.seconds_a_query) best = std::move(index);
  };
  auto int8 = make_int8(items, sample, options);
  measure(*int8, sample);
  consider(std::move(int8));
  if (items.count() < kGraphWorthwhile) return best;
  auto graph = make_timed(IndexKind::kHnsw, items, options);
  measure(*graph, sample);
  widen(static_cast<HnswIndex&>(*graph), sample, options.recall);
  consider(std::move(graph));
  return best;
}

}  // namespace

std::unique_ptr<VectorIndex> build_index(std::span<const float> items, size_t dimension,
                                         std::span<const float> queries,
                                         const IndexOptions& options) {
  KASKAD_ASSERT(dimension > 0 && items.size() % dimension == 0 && queries.size() % dimension == 0);
  const ItemRows all{items, dimension};
  check_finite(all, "item");
  check_finite({queries, dimension}, "query");
  auto exact = make_timed(IndexKind::kExact, all, options);
  const RecallSample sample(*exact, queries.empty() ? items : queries, dimension, options.sample,
                            options.recall_k);
  if (options.kind == IndexKind::kExact || options.kind == IndexKind::kAuto) {
    measure(*exact, sample);
    if (options.kind == IndexKind::kExact) return exact;
    return fastest(std::move(exact), all, sample, options);
  }
  exact.reset();  // the sample has its answers
  auto index = options.kind == IndexKind::kExactInt8 ? make_int8(all, sample, options)
                                                     : make_timed(options.kind, all, options);
  measure(*index, sample);
  if (index->report().recall < options.recall) refuse(index->report(), options);
  return index;
}

}  // namespace kaskad
