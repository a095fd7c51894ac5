// The last stage: from a ranked list to the places of an answer. Place by place: a pinned item;
// else where fewer new items stand than their share the best new one; else where fewer were drawn
// than the share of exploration one drawn from below the answer; else the best of all. Best is by
// maximal marginal relevance, among the items that no cap forbids:
//   lambda * relevance - (1 - lambda) * largest likeness to an item above
// with relevance the score between 0 (the list's last) and 1 (its first). Without MMR the list's
// order. Deterministic: a request is answered the same way again.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "kaskad/cascade/candidates.h"
#include "kaskad/cascade/config.h"
#include "kaskad/cascade/item_facts.h"
#include "kaskad/cascade/item_gate.h"
#include "kaskad/cascade/likeness.h"
#include "kaskad/cascade/question.h"

namespace kaskad {

// Read-only, thread-safe.
class Blender {
 public:
  // Throws Error naming the place in the config when a feature is not there or of another kind, or
  // a pinned item is none of the catalogue. `facts` must outlive it.
  Blender(const BlendConfig& config, const CascadeCatalogue& catalogue, const ItemFacts& facts,
          TimeKind time_kind);

  // `list` is best first. `trace` may be null.
  std::vector<AnsweredItem> blend(const Question& question, std::span<const ListedItem> list,
                                  const ItemGate::Pass& gate, Trace* trace) const;

  static constexpr const char* kName = "blend";

 private:
  struct Cap {
    size_t at_most = 0;
    std::string text;                   // "category at most 3"
    const CategoricalFeature* feature;  // or null, and
    std::vector<uint8_t> holds;         // (items) of a rule
  };
  struct Pin {
    ItemId item;
    size_t position;
  };
  class Places;  // of one answer

  bool is_fresh(ItemId item, int64_t now) const;
  static uint64_t seed_of(uint64_t seed, const Question& question);

  const BlendConfig config_;
  const ItemFacts& facts_;
  std::unique_ptr<const Likeness> likeness_;  // null: no MMR
  std::vector<Cap> caps_;
  const DenseFeature* appeared_ = nullptr;  // null: no share of new items
  std::vector<Pin> pins_;                   // by position
};

}  // namespace kaskad
