// Policies against each other with live feedback, after the days of the log: users come, see the
// pages of a policy, and what they do is counted. Either everybody plays every arm (paired: in a
// simulation the same visit can happen twice), or, as with real servers, users are split among the
// arms.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kaskad/sim/figures.h"
#include "kaskad/sim/policy.h"

namespace kaskad::sim {

struct Arm {
  std::string name;
  RankingPolicy* policy = nullptr;
};

struct ExperimentOptions {
  uint64_t visits = 2'000;  // in all where users are split, else of each arm
  bool split_users = false;
  Action target = kSave;  // a page with it, or with a stronger one, is useful
  int threads = 0;        // 0: all
};

struct ArmResult {
  std::string name;
  RunCounts counts;
  PageFigures figures;
  PageFigures first_minus_this;  // zeros for the first
  size_t users = 0;
};

// Before it, the log is run with the engine of the world, so that every arm knows its past
// (RankingPolicy::learn). Throws Error when the world has no days after the log.
std::vector<ArmResult> run_experiment(const Marketplace& market, const TokenMatch& match,
                                      const std::vector<Arm>& arms,
                                      const ExperimentOptions& options,
                                      const Progress& progress = {});

}  // namespace kaskad::sim
