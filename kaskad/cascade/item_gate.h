// Which items may be shown: what holds for everybody (available, banned, rules) is decided at
// loading, one byte an item; what a request adds (seen, exclude, allow) in marks that are lent to
// it. Owned by the cascade.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "kaskad/cascade/question.h"
#include "kaskad/core/pool.h"
#include "kaskad/model/top_k.h"

namespace kaskad {

class ItemGate {
 public:
  explicit ItemGate(size_t num_items);

  // Shuts out the items where `blocked` (items) is not 0; `why` for the trace. The first reason
  // of an item stays. At most 250 of them.
  void block(const std::vector<uint8_t>& blocked, const std::string& why);

  bool always_blocked(ItemId item) const { return reasons_[index(item)] != 0; }
  size_t num_blocked() const { return num_blocked_; }

  // One request's view.
  class Pass {
   public:
    Pass(const ItemGate& gate, const Question& question);
    bool allows(ItemId item) const {
      return !gate_.always_blocked(item) && !nothing_allowed_ && filter_->allows(item);
    }
    // For an item that allows() is soon asked for.
    void prefetch(ItemId item) const {
      __builtin_prefetch(gate_.reasons_.data() + index(item));
      filter_->prefetch(item);
    }
    // The sentence that says why not; nothing where it may be shown.
    std::optional<std::string> why_not(ItemId item) const;

   private:
    const ItemGate& gate_;
    const Question& question_;
    const bool nothing_allowed_;
    Pool<ItemFilter>::Loan filter_;
  };

 private:
  std::vector<uint8_t> reasons_;  // (items) 0: none, else 1 + the number of the text
  std::vector<std::string> texts_;
  size_t num_blocked_ = 0;
  mutable Pool<ItemFilter> filters_;
};

}  // namespace kaskad
