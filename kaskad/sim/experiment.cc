#include "kaskad/sim/experiment.h"

#include "kaskad/core/error.h"

namespace kaskad::sim {
namespace {

class NoSink : public EventSink {
 public:
  void page(const PageRecord&) override {}
};

// The log, for the arms to learn from; leaves the planner at its end.
void live_through_log(const Marketplace& market, const TokenMatch& match, VisitPlanner& planner,
                      const std::vector<Arm>& arms, int threads, const Progress& progress) {
  const auto engine = make_policy("engine", market);
  RunOptions options;
  options.threads = threads;
  options.until = market.log_end();
  options.stage = "the days of the log";
  options.after_block = [&](std::span<const PageRecord> pages) {
    for (const Arm& arm : arms) arm.policy->learn(pages);
  };
  NoSink sink;
  run(market, match, planner, *engine, options, sink, progress);
}

}  // namespace

std::vector<ArmResult> run_experiment(const Marketplace& market, const TokenMatch& match,
                                      const std::vector<Arm>& arms,
                                      const ExperimentOptions& options, const Progress& progress) {
  if (market.options().days_after == 0) {
    throw Error("the marketplace's 'days_after': found 0, expected days to play in");
  }
  VisitPlanner planner(market, match);
  live_through_log(market, match, planner, arms, options.threads, progress);
  std::vector<ArmResult> results;
  std::vector<std::vector<UserSums>> sums;
  for (size_t arm = 0; arm < arms.size(); ++arm) {
    VisitPlanner same = planner;
    RunOptions play;
    play.threads = options.threads;
    play.visits = options.visits;
    play.stage = "playing " + arms[arm].name;
    if (options.split_users) {
      play.visits = options.visits / arms.size();
      play.plays = [&](uint32_t user) {
        return address(market.options().seed, Stream::kArm, user) % arms.size() == arm;
      };
    }
    PageSums pages(market.options().users, options.target);
    const RunCounts counts = run(market, match, same, *arms[arm].policy, play, pages, progress);
    sums.push_back(pages.users());
    ArmResult result{arms[arm].name, counts, figures_of(sums.back()), {}, sums.back().size()};
    if (arm > 0) result.first_minus_this = difference_of(sums.front(), sums.back());
    results.push_back(std::move(result));
  }
  return results;
}

}  // namespace kaskad::sim
