#include "kaskad/server/cascade_drift.h"

#include "kaskad/cascade/load_cascade.h"

namespace kaskad {
namespace {

constexpr size_t kTrialUsers = 256;
constexpr std::array kAsked = {"recommend", "search"};

}  // namespace

CascadeDrift::CascadeDrift(const Cascade& cascade, const DriftOptions& options) {
  cascade.for_each_stage([&](const auto& stage) {
    for (auto& one : stages_[stage.config().name]) one = std::make_unique<ScoreDrift>(options);
  });
}

std::shared_ptr<CascadeDrift> CascadeDrift::measure(const Cascade& cascade,
                                                    std::chrono::milliseconds budget,
                                                    const DriftOptions& options) {
  auto drift = std::make_shared<CascadeDrift>(cascade, options);
  try_stored_users(cascade, kTrialUsers, budget, [&](const CascadeAnswer& answer) {
    for (const StageRecord& record : answer.stages) {
      const auto stage = drift->stages_.find(record.name);
      if (stage != drift->stages_.end()) stage->second[0]->add_trial(record.scores);
    }
  });
  for (const auto& [name, both] : drift->stages_) both[0]->end_trials();
  return drift;
}

void CascadeDrift::observe(const std::vector<StageRecord>& records, bool search) {
  for (const StageRecord& record : records) {
    if (record.fault) continue;
    const auto stage = stages_.find(record.name);
    if (stage != stages_.end()) stage->second[search ? 1 : 0]->observe(record.scores);
  }
}

std::vector<CascadeDrift::Row> CascadeDrift::rows() const {
  std::vector<Row> rows;
  for (const auto& [name, both] : stages_) {
    for (size_t asked = 0; asked < both.size(); ++asked) {
      if (const auto reading = both[asked]->reading())
        rows.push_back({name, kAsked[asked], *reading});
    }
  }
  return rows;
}

}  // namespace kaskad
