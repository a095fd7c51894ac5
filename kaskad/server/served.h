// What a server answers from: a retriever's bundle, a ranker's, or both, or a cascade, with what
// serving adds to them at loading. Immutable: a reload makes a new one, requests in flight keep
// theirs through the shared pointer.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kaskad/cascade/cascade.h"
#include "kaskad/cascade/cascade_arms.h"
#include "kaskad/model/bundle.h"
#include "kaskad/model/ranker_bundle.h"
#include "kaskad/server/cascade_drift.h"
#include "kaskad/server/given_history.h"
#include "kaskad/server/infer_models.h"
#include "kaskad/server/item_search.h"
#include "kaskad/server/journal_lines.h"
#include "kaskad/state/event_store.h"

namespace kaskad {

// Loaded bundles, or a cascade, or neither beside ONNX files: at least one of all.
struct Bundles {
  std::optional<Bundle> retriever = std::nullopt;
  std::optional<RankerBundle> ranker = std::nullopt;
  std::shared_ptr<const Cascade> cascade = nullptr;
  std::shared_ptr<const CascadeArms> arms =
      nullptr;  // of an experiment; `cascade` is its base then
  std::vector<OnnxFile> onnx = {};
  // Of cascades whose scores were measured at loading; the others' begin with their first answers.
  std::map<const Cascade*, std::shared_ptr<CascadeDrift>> drifts = {};
};

struct ServedBundle {
  explicit ServedBundle(std::shared_ptr<const Bundle> loaded)
      : owner(std::move(loaded)),
        bundle(*owner),
        version(bundle.hash.substr(0, 12)),
        search(bundle) {}

  const std::shared_ptr<const Bundle> owner;
  const Bundle& bundle;
  const std::string version;  // the beginning of the bundle's hash: enough to tell versions apart
  const ItemSearch search;
};

struct ServedRanker {
  // `retriever` (or null) stores the histories of users that a request names. Throws Error when it
  // tells time by other means than the ranker.
  ServedRanker(std::shared_ptr<const RankerBundle> loaded, const ServedBundle* retriever);

  const std::shared_ptr<const RankerBundle> owner;
  const RankerBundle& bundle;
  const std::string version;
  const std::vector<std::string> context_names;
  const ActionCodes action_codes;  // of the actions that the ranker looks at
  // (items of the retriever): ids of the ranker, kNoItem where it has none; empty where both have
  // the same ids.
  const std::vector<ItemId> own_items;
};

struct Served {
  explicit Served(Bundles bundles);

  // Of a cascade: the retriever that stores histories, or the first; and its ranker. Items, users
  // and lists are answered by these.
  std::optional<const ServedBundle> retriever;
  std::optional<const ServedRanker> ranker;
  std::shared_ptr<const Cascade> cascade;   // null: none
  std::shared_ptr<const CascadeArms> arms;  // null: no experiment
  InferModels infer;                        // graphs of all of these but other arms, and files

  std::string version() const;  // another one where the answers may be others
  // Each once: the cascade, or those of all arms, the base first; none without.
  std::vector<std::shared_ptr<const Cascade>> cascades() const;
  CascadeDrift& drift_of(const Cascade& cascade) const;  // one of these
  // Rankers that count items, each once, of all arms.
  const std::vector<std::shared_ptr<const RankerBundle>>& counting() const { return counting_; }

  // Rankers that count pairs of queries or users and items, each once, of all arms.
  const std::vector<std::shared_ptr<const RankerBundle>>& counting_pairs() const {
    return counting_pairs_;
  }

  // Tells the rankers that count items, or pairs, of an event or a page. Thread-safe. What those of
  // pairs are told twice counts once.
  void count_items(const LiveEvent& event) const;
  void count_pairs(const LiveEvent& event) const;
  void count_pairs(const JournalLine& line) const;
  void observe(const LiveEvent& event) const {
    count_items(event);
    count_pairs(event);
  }
  // Tells of all that the store has since their counters of items were made, in place of what they
  // were told. Returns EventStore::scan().
  uint64_t catch_up(const EventStore& events) const;
  // Forgets what those of pairs were told. Returns the time that they have all of without it;
  // nothing where nobody counts pairs.
  std::optional<int64_t> forget_pairs() const;

 private:
  void add_counting(const std::shared_ptr<const RankerBundle>& bundle);

  std::map<const Cascade*, std::shared_ptr<CascadeDrift>> drifts_;
  std::vector<std::shared_ptr<const RankerBundle>> counting_, counting_pairs_;
};

}  // namespace kaskad
