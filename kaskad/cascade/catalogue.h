// The items of a cascade: its stages learned from logs of their own and number items otherwise, so
// that there is one numbering that all are translated to and from. Loaded with the cascade.
#pragma once

#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "kaskad/dataset/id_map.h"

namespace kaskad {

// Read-only after construction, thread-safe. The maps must outlive it.
class CascadeCatalogue {
 public:
  // The items of the first map in their order, then those of each further one that are new.
  explicit CascadeCatalogue(const std::vector<const IdMap*>& maps);

  size_t size() const { return first_->size() + further_.size(); }
  std::string_view name(ItemId item) const;
  std::optional<ItemId> find(std::string_view name) const;
  const IdMap& first() const { return *first_; }

 private:
  const IdMap* first_;
  std::vector<std::string_view> further_;  // numbers first_->size() and on
  std::unordered_map<std::string_view, ItemId> further_ids_;
};

// Between the catalogue's ids and those of one stage.
class IdTranslation {
 public:
  IdTranslation(const CascadeCatalogue& catalogue, const IdMap& own);

  // Whether both sides have the same ids and no others, as where one log made all models.
  bool same() const { return same_; }
  // kNoItem where the other side has none.
  ItemId to_own(ItemId item) const { return look_up(to_own_, item); }
  ItemId to_catalogue(ItemId own) const { return look_up(to_catalogue_, own); }
  size_t known() const { return known_; }  // items of the catalogue that the stage knows

 private:
  ItemId look_up(const std::vector<ItemId>& table, ItemId item) const {
    if (same_) return item;
    return index(item) < table.size() ? table[index(item)] : kNoItem;
  }

  bool same_ = false;
  size_t known_ = 0;
  std::vector<ItemId> to_own_, to_catalogue_;  // empty where both are the same
};

}  // namespace kaskad
