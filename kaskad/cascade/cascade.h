// A cascade: retrievers -> filters and union -> pre-ranking -> ranking -> blending. Each stage has
// a budget of candidates and of time, and something that stands in for it: a stage that throws,
// hangs or gives NaN degrades the answer, which says so, and never fails the request.
//
// What a stage is asked owns its memory, and the models are shared with it, so that a call may be
// left behind at its deadline. All models run on the thread that calls them: one request computes
// on one thread at a time, unless `parallel_retrieval` asks otherwise.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kaskad/cascade/blender.h"
#include "kaskad/cascade/catalogue.h"
#include "kaskad/cascade/config.h"
#include "kaskad/cascade/item_facts.h"
#include "kaskad/cascade/item_gate.h"
#include "kaskad/cascade/rank_stage.h"
#include "kaskad/cascade/request.h"
#include "kaskad/cascade/retrieve_stage.h"
#include "kaskad/core/pool.h"

namespace kaskad {

struct RankerPair {
  std::shared_ptr<const RankerBundle> model = {};
  std::shared_ptr<const RankerBundle> other = {};  // of the fallback, or null
};
struct RetrieverPair {
  std::shared_ptr<const Bundle> model = {};
  std::shared_ptr<const Bundle> other = {};
};

// Everything that the config names, read.
struct CascadeParts {
  std::vector<RetrieverPair> retrievers = {};              // in the order of the config
  RankerPair prerank = {}, rank = {};                      // null where the config has none
  std::shared_ptr<const Dataset> items = {};               // null: no features
  std::optional<std::vector<std::string>> available = {};  // ids; nothing: all are
};

// Thread-safe.
class Cascade {
 public:
  // Throws Error naming the place in the config where the parts do not go together. `threads` is
  // shared with the cascades before and after it, so that what hangs is counted once.
  Cascade(CascadeConfig config, CascadeParts parts, std::shared_ptr<StageThreads> threads);

  // The request's time is its own, else the latest that the caller, a bundle or the history knows
  // of; later events are not known yet.
  CascadeAnswer recommend(CascadeRequest request) const;

  const CascadeConfig& config() const { return config_; }
  const CascadeCatalogue& catalogue() const { return catalogue_; }
  const ItemFacts& facts() const { return facts_; }
  const ItemGate& gate() const { return gate_; }
  const std::vector<std::unique_ptr<RetrieveStage>>& retrievers() const { return retrievers_; }
  const RankStage* prerank() const { return prerank_.get(); }  // null: none
  const RankStage* rank() const { return rank_.get(); }
  // Of all stages and of those that stand in for them.
  std::vector<std::shared_ptr<const RankerBundle>> rankers() const;
  // Every stage, and behind each the one that stands in for it.
  template <typename Take>  // void(const RetrieveStage&) and void(const RankStage&)
  void for_each_stage(const Take& take) const {
    const auto both = [&](const auto& stage) {
      take(stage);
      if (stage.other()) take(*stage.other());
    };
    for (const auto& stage : retrievers_) both(*stage);
    for (const RankStage* stage : {prerank_.get(), rank_.get()}) {
      if (stage) both(*stage);
    }
  }
  // The retriever whose bundle stores histories; null where none does.
  const RetrieveStage* histories() const { return histories_; }
  TimeKind time_kind() const { return retrievers_.front()->bundle().time_kind; }
  // What the history's codes of actions mean: the actions of all rankers.
  const std::vector<std::string>& action_names() const { return action_names_; }
  // Another one where the file, a bundle, the features or the list of what is available differ.
  const std::string& version() const { return version_; }
  std::string_view title(ItemId item) const;  // of the first bundle that has one
  // What histories() stores of the user: items and times. `known` becomes whether it does.
  OwnedHistory stored_history(const std::string& user_id, bool& known) const;

  static constexpr const char* kFilter = "filter";

 private:
  // Lent to a request: which row of the union an item has.
  struct Marks {
    explicit Marks(size_t num_items) : rows(num_items, kNoRow) {}
    std::vector<uint32_t> rows;  // (items), all kNoRow between two requests
  };
  struct Union {
    std::vector<ListedItem> list;  // best first
    Sources sources;
  };
  using Lists = std::vector<std::vector<ScoredItem>>;  // (retrievers)

  void check_times() const;
  void make_gate();
  SharedQuestion resolve(CascadeRequest request, CascadeAnswer& answer) const;
  Lists retrieve(const SharedQuestion& question, CascadeAnswer& answer) const;
  Union unite(Lists lists, const ItemGate::Pass& gate, CascadeAnswer& answer) const;
  void add_reasons(const SharedQuestion& question, CascadeAnswer& answer) const;
  void explain(const Question& question, const ItemGate::Pass& gate, CascadeAnswer& answer) const;

  const CascadeConfig config_;
  const CascadeParts parts_;
  const CascadeCatalogue catalogue_;
  const ItemFacts facts_;
  std::vector<std::string> action_names_;
  std::vector<std::unique_ptr<RetrieveStage>> retrievers_;
  std::unique_ptr<RankStage> prerank_, rank_;
  const RetrieveStage* histories_ = nullptr;
  ItemGate gate_;
  std::unique_ptr<const Blender> blender_;
  std::string version_;
  mutable Pool<Marks> marks_;
};

}  // namespace kaskad
