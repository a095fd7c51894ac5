// Drift of the scores of each stage of one cascade, for recommendations and for searches apart:
// their mix is the clients' affair and no drift. Made at loading with a reference from trial
// requests of stored users, fed with every answer, read by /metrics.
#pragma once

#include <array>
#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "kaskad/cascade/cascade.h"
#include "kaskad/monitor/score_drift.h"

namespace kaskad {

// Thread-safe but for its making.
class CascadeDrift {
 public:
  // Without a reference: the first answers become it.
  explicit CascadeDrift(const Cascade& cascade, const DriftOptions& options = {});

  // With one: the cascade answers stored users for at most `budget`.
  static std::shared_ptr<CascadeDrift> measure(const Cascade& cascade,
                                               std::chrono::milliseconds budget,
                                               const DriftOptions& options = {});

  void observe(const std::vector<StageRecord>& records, bool search);

  struct Row {
    std::string stage, asked;  // "recommend", "search"
    ScoreDrift::Reading reading;
  };
  std::vector<Row> rows() const;  // of stages that have a reference

 private:
  using Both = std::array<std::unique_ptr<ScoreDrift>, 2>;  // recommend, search

  std::map<std::string, Both, std::less<>> stages_;
};

}  // namespace kaskad
