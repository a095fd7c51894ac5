// What may be learned from and what is asked. Every kind of split cuts each user's history at
// positions in time order, so that one form serves them all and nothing can look ahead.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "kaskad/core/ids.h"
#include "kaskad/dataset/dataset.h"

namespace kaskad {

enum class SplitKind {
  kLeaveLastN,   // per user: the last n events are test, the n before them validation
  kGlobalTime,   // one clock time for all: events at or after it are test
  kUserHoldout,  // some users are held out; their first events are folded in as history
};

struct SplitOptions {
  SplitKind kind = SplitKind::kLeaveLastN;
  uint32_t last_n = 1;      // kLeaveLastN
  double test_share = 0.1;  // kGlobalTime: share of the time-ordered events in test
  std::string test_from;    // kGlobalTime: ISO-8601 date instead of a share
  double test_days = 0;     // kGlobalTime: the last days of the log instead of a share
  // kGlobalTime: rolling windows, each as long as the test, or shorter where none so long fits.
  uint32_t validation_windows = 3;
  double holdout_users = 0.1;  // kUserHoldout: share of users for test, and for validation
  double fold_in = 0.8;        // kUserHoldout: share of a held-out history that is shown
  uint64_t seed = 1;           // kUserHoldout
  uint32_t min_history = 1;    // shorter histories are learned from but not asked; 0: all asked

  // "leave-one-out", "leave-last-n:3", "global-time:0.1", "global-time:2000-12-01",
  // "global-time:last-7d", "user-holdout:0.1", and settings behind a comma: "min-history=2",
  // "windows=3", "fold-in=0.8", "seed=7". Throws Error naming what is allowed.
  static SplitOptions parse(const std::string& text);
  std::string to_string() const;  // parse(to_string()) is the same split
};

// One question: what does `user` take after the first `history_end` events? The answer is
// events [history_end, target_end) of that user.
struct EvalCase {
  UserId user;
  uint32_t history_end;
  uint32_t target_end;
};

// One fit and the questions put to it.
struct Phase {
  std::string name;               // "validation", "validation-2", "test"
  std::vector<uint32_t> fit_end;  // (users): events [0, fit_end[u]) may be learned from
  int64_t horizon = 0;            // no learned event is later; ages count from here
  // kGlobalTime: the first time that is asked, and not learned.
  std::optional<int64_t> cut = {};
  std::vector<EvalCase> cases;  // in user order
  // kGlobalTime: who acts in the phase but is not asked, for a history below min_history.
  uint64_t cold_users = 0, cold_events = 0;
};

struct Split {
  SplitOptions options;
  std::vector<Phase> validations;     // choices are made on these; at least one
  Phase test;                         // looked at once
  std::string hash;                   // of dataset hash, fit ends and cases
  std::vector<std::string> warnings;  // e.g. that leave-one-out leaks future popularity
};

// Throws Error when the log cannot be cut so (no clock, too few users).
Split make_split(const Dataset& dataset, const SplitOptions& options);

// "test from 2000-12-01T00:00:00Z, validation from ..."; empty for a split that cuts at no time.
std::string describe_cuts(const Split& split);

// {"test": {"cut": "2000-12-01T00:00:00Z" or null, "cut_ms": .., "cases": ..}, "validation": ..}
nlohmann::json phases_json(const Split& split);

// "2000-12-01" or "2000-12-01T08:00:00[Z]" -> milliseconds since 1970 UTC. Throws Error.
int64_t parse_iso_date(const std::string& text);

}  // namespace kaskad
