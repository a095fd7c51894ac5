#include "kaskad/sim/simulation.h"

#include <algorithm>

#include "kaskad/core/parallel.h"

namespace kaskad::sim {
namespace {

constexpr size_t kChunk = 8;  // visits that a thread takes at once

// Visits between two lessons of the policy: a thousandth of the log, within bounds. It is part of
// what makes a world, so it knows nothing of threads.
size_t block_size(const VisitPlanner& planner) {
  return std::clamp<size_t>(planner.visits_of_log() / 1000, 32, 4096);
}

// Holds back what later visits may still come before.
class InOrder {
 public:
  explicit InOrder(EventSink& sink) : sink_(sink) {}

  void add(PageRecord&& page) {
    for (const ShownItem& shown : page.shown) {
      for (size_t a = 0; a < kActions; ++a) {
        if (shown.done[a] == 0) continue;
        actions_.push_back(
            {page.user, shown.item, page.time + shown.done[a], static_cast<Action>(a)});
      }
    }
    pages_.push_back(std::move(page));
  }
  // Hands on what lies before that time.
  void flush(int64_t before) {
    release(pages_, before, [&](const PageRecord& page) { sink_.page(page); });
    release(actions_, before, [&](const ActionRecord& action) { sink_.action(action); });
  }

 private:
  template <typename Record, typename Take>
  static void release(std::vector<Record>& held, int64_t before, const Take& take) {
    std::stable_sort(held.begin(), held.end(),
                     [](const Record& a, const Record& b) { return a.time < b.time; });
    size_t ready = 0;
    while (ready < held.size() && held[ready].time < before) take(held[ready++]);
    held.erase(held.begin(), held.begin() + static_cast<std::ptrdiff_t>(ready));
  }

  EventSink& sink_;
  std::vector<PageRecord> pages_;
  std::vector<ActionRecord> actions_;
};

void count(const PageRecord& page, RunCounts& counts) {
  ++counts.pages;
  counts.empty_pages += page.shown.empty();
  counts.shown += page.shown.size();
  for (const ShownItem& shown : page.shown) {
    for (size_t a = 0; a < kActions; ++a) counts.actions[a] += shown.done[a] > 0;
  }
}

// The next block; empty at the end.
std::vector<VisitPlan> next_plans(VisitPlanner& planner, const RunOptions& options, uint64_t room) {
  std::vector<VisitPlan> plans;
  const size_t size = std::min<uint64_t>(block_size(planner), room);
  while (plans.size() < size && planner.next_begins() < options.until) {
    const auto plan = planner.next();
    if (!plan) break;
    if (!options.plays || options.plays(plan->user)) plans.push_back(*plan);
  }
  return plans;
}

// In the order of the visits.
std::vector<PageRecord> play(const std::vector<VisitPlan>& plans, const VisitPlayer& player,
                             int threads) {
  std::vector<std::vector<PageRecord>> chunks((plans.size() + kChunk - 1) / kChunk);
  parallel_for(chunks.size(), threads, [&](size_t chunk, int) {
    const size_t end = std::min(plans.size(), (chunk + 1) * kChunk);
    for (size_t i = chunk * kChunk; i < end; ++i) player.play(plans[i], chunks[chunk]);
  });
  std::vector<PageRecord> pages;
  for (auto& chunk : chunks) {
    std::move(chunk.begin(), chunk.end(), std::back_inserter(pages));
  }
  return pages;
}

}  // namespace

RunCounts run(const Marketplace& market, const TokenMatch& match, VisitPlanner& planner,
              RankingPolicy& policy, const RunOptions& options, EventSink& sink,
              const Progress& progress) {
  const int threads = options.threads > 0 ? options.threads : default_threads();
  const VisitPlayer player(market, match, policy);
  InOrder in_order(sink);
  RunCounts counts;
  const uint64_t total = options.visits != UINT64_MAX ? options.visits : planner.visits_of_log();
  while (counts.visits < options.visits) {
    const auto plans = next_plans(planner, options, options.visits - counts.visits);
    if (plans.empty()) break;
    std::vector<PageRecord> pages = play(plans, player, threads);
    policy.learn(pages);
    if (options.after_block) options.after_block(pages);
    for (PageRecord& page : pages) {
      count(page, counts);
      in_order.add(std::move(page));
    }
    in_order.flush(planner.next_begins());
    counts.visits += plans.size();
    report(progress, {options.stage, std::min(counts.visits, total), total, ""});
  }
  in_order.flush(kForever);
  return counts;
}

}  // namespace kaskad::sim
