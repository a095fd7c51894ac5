#include "kaskad/eval/ranked_cases.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <mutex>
#include <span>

#include "kaskad/core/error.h"
#include "kaskad/core/parallel.h"
#include "kaskad/eval/case_targets.h"

namespace kaskad {
namespace {

constexpr double kNotFound = std::numeric_limits<double>::infinity();
constexpr size_t kBatch = 64;
// Retrieved beyond k, so that most ties around the k-th item end within the list.
constexpr size_t kMargin = 16;

// What one thread needs to rank cases.
struct Scratch {
  explicit Scratch(size_t num_items) : target_of(num_items, 0), scores(num_items) {}

  std::vector<uint32_t> target_of;  // (items) 1 + number of the target in the case, or 0
  std::vector<float> scores;        // (items), empty until needed
  std::vector<ScoredItem> lists;    // (batch, k + margin)
  std::vector<Query> queries;
  std::vector<size_t> group;  // targets of one score
  std::vector<double> group_ranks;
};

void set_group_ranks(Scratch& scratch, size_t better, size_t tied, TieRule rule,
                     std::span<double> ranks) {
  scratch.group_ranks.clear();
  append_tied_ranks(better, tied, scratch.group.size(), rule, scratch.group_ranks);
  for (size_t i = 0; i < scratch.group.size(); ++i)
    ranks[scratch.group[i]] = scratch.group_ranks[i];
}

// Ranks out of a list; false when items of one score reach from the first k beyond its end, so
// that the list cannot tell. scratch.target_of is set for the case.
bool rank_by_list(std::span<const ScoredItem> list, size_t k, TieRule rule, Scratch& scratch,
                  std::span<double> ranks) {
  for (size_t begin = 0; begin < list.size() && begin < k;) {
    if (list[begin].item == kNoItem) return true;
    size_t end = begin + 1;
    const auto same = [&](size_t at) {
      return rule != TieRule::kListed && list[at].item != kNoItem &&
             list[at].score == list[begin].score;
    };
    while (end < list.size() && same(end)) ++end;
    if (end == list.size() && rule != TieRule::kListed) return false;
    scratch.group.clear();
    for (size_t at = begin; at < end; ++at) {
      const uint32_t target = scratch.target_of[index(list[at].item)];
      if (target != 0 && std::isfinite(list[at].score)) scratch.group.push_back(target - 1);
    }
    set_group_ranks(scratch, begin, end - begin, rule, ranks);
    begin = end;
  }
  return true;
}

// Ranks out of the scores of all items that may be recommended; exact for every target. One
// whose score is no finite number is not found.
void rank_by_scores(const Retriever& retriever, const Query& query, std::span<const ItemId> targets,
                    TieRule rule, Scratch& scratch, std::span<double> ranks) {
  retriever.score_all(query, scratch.scores);
  if (query.exclude_seen) {
    for (const ItemId item : query.history.items) scratch.scores[index(item)] = -kNotFound;
  }
  const auto score_of = [&](size_t target) { return scratch.scores[index(targets[target])]; };
  for (size_t target = 0; target < targets.size(); ++target) {
    const float score = score_of(target);
    if (!std::isfinite(score)) continue;
    scratch.group.clear();
    for (size_t other = 0; other < targets.size(); ++other) {
      if (score_of(other) == score) scratch.group.push_back(other);
    }
    if (scratch.group[0] != target) continue;  // its group is done
    size_t better = 0, tied = 0;
    for (const float other : scratch.scores) {
      better += other > score;
      tied += other == score;
    }
    set_group_ranks(scratch, better, tied, rule, ranks);
  }
}

// Ranks the cases [begin, end) of `out`; returns how many had to be rescored.
size_t rank_batch(const Retriever& retriever, const Dataset& dataset, size_t begin, size_t end,
                  Scratch& scratch, RankedCases& out) {
  const size_t length = std::min(out.k + kMargin, dataset.num_items());
  scratch.queries.clear();
  for (size_t row = begin; row < end; ++row) {
    scratch.queries.push_back(case_query(dataset, out.cases[row], out.exclude_seen));
  }
  scratch.lists.assign((end - begin) * length, {});
  retriever.retrieve(scratch.queries, length, scratch.lists);
  size_t rescored = 0;
  for (size_t row = begin; row < end; ++row) {
    const auto list = std::span(scratch.lists).subspan((row - begin) * length, length);
    for (size_t at = 0; at < std::min(out.k, length); ++at) {
      out.lists[row * out.k + at] = list[at].item;
    }
    const size_t first = out.offsets[row], count = out.offsets[row + 1] - first;
    const auto targets = std::span(out.targets).subspan(first, count);
    const auto ranks = std::span(out.target_ranks).subspan(first, count);
    for (size_t i = 0; i < count; ++i) {
      scratch.target_of[index(targets[i])] = static_cast<uint32_t>(i + 1);
    }
    if (!rank_by_list(list, out.k, out.ties, scratch, ranks)) {
      rank_by_scores(retriever, scratch.queries[row - begin], targets, out.ties, scratch, ranks);
      ++rescored;
    }
    for (const ItemId target : targets) scratch.target_of[index(target)] = 0;
  }
  return rescored;
}

}  // namespace

RankedCases collect_cases(const Dataset& dataset, const Phase& phase, const RankOptions& options) {
  RankedCases out;
  out.k = options.k;
  out.ties = options.ties;
  out.exclude_seen = options.exclude_seen;
  out.offsets.push_back(0);
  CaseTargets targets;
  for (const EvalCase& one : phase.cases) {
    find_targets(dataset, one, options.exclude_seen, targets);
    out.dropped_targets += targets.dropped;
    if (targets.items.empty()) {
      ++out.dropped_cases;
      continue;
    }
    out.cases.push_back(one);
    out.targets.insert(out.targets.end(), targets.items.begin(), targets.items.end());
    out.offsets.push_back(out.targets.size());
  }
  out.target_ranks.assign(out.targets.size(), kNotFound);
  out.lists.assign(out.size() * out.k, kNoItem);
  return out;
}

RankedCases rank_cases(const Retriever& retriever, const Dataset& dataset, const Phase& phase,
                       const RankOptions& options, const Progress& progress) {
  if (retriever.num_items() != dataset.num_items()) {
    throw Error("the model knows " + std::to_string(retriever.num_items()) +
                " items, the dataset has " + std::to_string(dataset.num_items()));
  }
  RankedCases out = collect_cases(dataset, phase, options);
  out.model = retriever.kind();
  const int threads = options.threads > 0 ? options.threads : default_threads();
  std::vector<Scratch> scratch(static_cast<size_t>(threads), Scratch(dataset.num_items()));
  std::atomic<size_t> rescored{0};
  std::mutex mutex;
  size_t done = 0;
  const size_t batches = (out.size() + kBatch - 1) / kBatch;
  parallel_for(batches, threads, [&](size_t batch, int worker) {
    const size_t begin = batch * kBatch, end = std::min(begin + kBatch, out.size());
    rescored +=
        rank_batch(retriever, dataset, begin, end, scratch[static_cast<size_t>(worker)], out);
    std::lock_guard lock(mutex);
    done += end - begin;
    report(progress, {"asking " + out.model + ", " + phase.name, done, out.size(), ""});
  });
  out.rescored_cases = rescored;
  return out;
}

}  // namespace kaskad
