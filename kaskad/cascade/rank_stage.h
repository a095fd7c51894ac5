// A stage that puts candidates in order and keeps the best: pre-ranking or ranking. Owned by the
// cascade.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "kaskad/cascade/candidates.h"
#include "kaskad/cascade/config.h"
#include "kaskad/cascade/item_gate.h"
#include "kaskad/cascade/last_good.h"
#include "kaskad/cascade/question.h"
#include "kaskad/cascade/retrieve_stage.h"
#include "kaskad/cascade/stage_guard.h"
#include "kaskad/model/ranker_bundle.h"

namespace kaskad {

// Read-only but for its guard and its memory of good answers; thread-safe.
class RankStage {
 public:
  // `scores_of`: the number of the retriever whose ranks and scores the ranker reads. `actions`:
  // the codes of the catalogue by their names.
  RankStage(const StageConfig& config, size_t scores_of, std::shared_ptr<const RankerBundle> bundle,
            std::shared_ptr<const RankerBundle> other, const CascadeCatalogue& catalogue,
            const std::vector<std::string>& actions, const StageSurroundings& around);

  // The best of `list` by falling score, equal ones in the order they came, at most `keep`. Where
  // the ranker fails what stands in for it; then a record has the fault. `gate`: what may be shown,
  // for the last good list. `trace` may be null.
  std::vector<ListedItem> rank(const SharedQuestion& question, std::vector<ListedItem> list,
                               const Sources& sources, const ItemGate::Pass& gate,
                               std::vector<StageRecord>& records, Trace* trace) const;

  const StageConfig& config() const { return config_; }
  const RankerBundle& bundle() const { return *model_->bundle; }
  std::shared_ptr<const RankerBundle> shared_bundle() const { return model_->bundle; }
  const IdTranslation& ids() const { return model_->ids; }
  const StageGuard& guard() const { return guard_; }
  const RankStage* other() const { return other_.get(); }

 private:
  struct Model {
    std::shared_ptr<const RankerBundle> bundle;
    IdTranslation ids;
    std::vector<uint8_t> action_codes;  // (256) of the catalogue's actions
  };
  struct Call;

  std::shared_ptr<Call> make_call(const SharedQuestion& question, std::span<const ListedItem> list,
                                  const Sources& sources) const;
  std::vector<ListedItem> stand_in(const SharedQuestion& question, std::vector<ListedItem> list,
                                   const Sources& sources, const ItemGate::Pass& gate,
                                   StageRecord record, std::vector<StageRecord>& records,
                                   Trace* trace) const;
  void explain(const Call& call, const std::vector<uint32_t>& order, TracedStage& traced) const;
  void cut(std::vector<ListedItem>& list, Trace* trace) const;

  const StageConfig config_;
  const size_t scores_of_;
  const std::shared_ptr<const Model> model_;
  const StageGuard guard_;
  std::unique_ptr<LastGood> last_good_;
  std::unique_ptr<RankStage> other_;
};

}  // namespace kaskad
