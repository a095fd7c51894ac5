#include "kaskad/cascade/catalogue.h"

namespace kaskad {

CascadeCatalogue::CascadeCatalogue(const std::vector<const IdMap*>& maps) : first_(maps.front()) {
  for (const IdMap* map : maps) {
    if (map == first_ || map->hash() == first_->hash()) continue;
    for (size_t id = 0; id < map->size(); ++id) {
      const std::string_view text = map->name(id);
      if (find(text)) continue;
      further_ids_.emplace(text, ItemId{static_cast<uint32_t>(size())});
      further_.push_back(text);
    }
  }
}

std::string_view CascadeCatalogue::name(ItemId item) const {
  const size_t at = index(item);
  return at < first_->size() ? first_->name(at) : further_[at - first_->size()];
}

std::optional<ItemId> CascadeCatalogue::find(std::string_view name) const {
  if (const auto found = first_->find(name)) return ItemId{*found};
  const auto found = further_ids_.find(name);
  return found == further_ids_.end() ? std::nullopt : std::optional(found->second);
}

IdTranslation::IdTranslation(const CascadeCatalogue& catalogue, const IdMap& own)
    : same_(own.hash() == catalogue.first().hash() && own.size() == catalogue.size()) {
  if (same_) {
    known_ = own.size();
    return;
  }
  to_own_.assign(catalogue.size(), kNoItem);
  to_catalogue_.assign(own.size(), kNoItem);
  for (uint32_t id = 0; id < own.size(); ++id) {
    const auto item = catalogue.find(own.name(id));
    if (!item) continue;
    to_own_[index(*item)] = ItemId{id};
    to_catalogue_[id] = *item;
    ++known_;
  }
}

}  // namespace kaskad
