// One retriever of a cascade: asks its bundle within its budgets, and has the fallback's list where
// that fails. Owned by the cascade.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "kaskad/cascade/config.h"
#include "kaskad/cascade/last_good.h"
#include "kaskad/cascade/question.h"
#include "kaskad/cascade/stage_guard.h"
#include "kaskad/model/bundle.h"

namespace kaskad {

// What the stages of a cascade share.
struct StageSurroundings {
  BreakerConfig breaker;
  size_t last_good_users;
  std::shared_ptr<StageThreads> threads;
};

// Read-only but for its guard and its memory of good answers; thread-safe.
class RetrieveStage {
 public:
  // `number`: its place among the retrievers, for Question::user_features. `other`: of the
  // fallback, or null.
  RetrieveStage(const StageConfig& config, size_t number, std::shared_ptr<const Bundle> bundle,
                std::shared_ptr<const Bundle> other, const CascadeCatalogue& catalogue,
                const StageSurroundings& around);

  // A list that is being made.
  struct Running;

  // `spare`: how many items beyond the quota are asked for, in place of those that will be
  // filtered.
  std::shared_ptr<Running> begin(const SharedQuestion& question, size_t spare,
                                 bool own_thread) const;
  // In the catalogue's ids, best first; adds a record for the stage, and for its fallback's bundle
  // where that was asked.
  std::vector<ScoredItem> finish(const std::shared_ptr<Running>& running,
                                 std::vector<StageRecord>& records) const;

  // Which events of the question's history brought each of `items`, which are distinct and known to
  // the stage; strongest first. Empty where the kind cannot tell, or the stage fails.
  std::vector<std::vector<Reason>> explain(const SharedQuestion& question,
                                           std::span<const ItemId> items) const;

  const StageConfig& config() const { return config_; }
  const Bundle& bundle() const { return *model_->bundle; }
  std::shared_ptr<const Bundle> shared_bundle() const { return model_->bundle; }
  const IdTranslation& ids() const { return model_->ids; }
  const StageGuard& guard() const { return guard_; }
  const RetrieveStage* other() const { return other_.get(); }

 private:
  struct Model {
    std::shared_ptr<const Bundle> bundle;
    IdTranslation ids;
  };
  struct Call;

  std::shared_ptr<Call> make_call(const SharedQuestion& question) const;
  // Under what a list is remembered: the user, and the query where the retriever reads it; nothing
  // where the stage remembers none.
  std::optional<std::string> last_good_key(const Question& question) const;
  std::vector<ScoredItem> stand_in(const Running& running, StageRecord record,
                                   std::vector<StageRecord>& records) const;

  const StageConfig config_;
  const size_t number_;
  const std::shared_ptr<const Model> model_;
  const StageGuard guard_;
  std::unique_ptr<LastGood> last_good_;   // of Fallback::kLastGood
  std::unique_ptr<RetrieveStage> other_;  // of Fallback::kBundle
};

}  // namespace kaskad
