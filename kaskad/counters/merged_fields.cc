#include "kaskad/counters/merged_fields.h"

#include <numeric>
#include <optional>
#include <unordered_map>

#include "kaskad/core/error.h"

namespace kaskad {
namespace {

// Categories: those of new owners as they are, of owners that only the store has as it has them.
CounterField merge_categories(const CounterField& fresh, const CounterField& old,
                              const MergedNames& owners, const std::vector<uint32_t>& old_codes) {
  CounterField field;
  field.name = fresh.name;
  field.owner = fresh.owner;
  field.offsets = fresh.offsets;
  field.codes = fresh.codes;
  const size_t known = fresh.offsets.size() - 1;
  for (size_t id = 0; id < owners.old_codes.size(); ++id) {
    if (owners.old_codes[id] < known) continue;
    for (const uint32_t code : old.of(id)) field.codes.push_back(old_codes[code]);
    field.offsets.push_back(field.codes.size());
  }
  return field;
}

}  // namespace

MergedNames merge_names(std::vector<std::string_view> names, const IdMap& old) {
  MergedNames merged{std::move(names), {}};
  std::unordered_map<std::string_view, uint32_t> places;
  for (const std::string_view name : merged.names) {
    places.emplace(name, static_cast<uint32_t>(places.size()));
  }
  for (size_t id = 0; id < old.size(); ++id) {
    const auto [at, added] = places.emplace(old.name(id), static_cast<uint32_t>(places.size()));
    if (added) merged.names.push_back(old.name(id));
    merged.old_codes.push_back(at->second);
  }
  return merged;
}

MergedFields merge_fields(const CounterFields& fresh, const IdMap& queries, const Dataset& dataset,
                          const CounterStore& store) {
  MergedFields merged;
  merged.queries = merge_names(names_of(queries), store.queries());
  merged.users = merge_names(names_of(dataset.users()), store.users());
  merged.items = merge_names(names_of(dataset.items()), store.items());
  merged.fields.segments = fresh.segments;
  KASKAD_ASSERT(fresh.fields.size() == store.fields().fields.size());
  for (size_t f = 0; f < fresh.fields.size(); ++f) {
    const CounterField& field = fresh.fields[f];
    if (field.owner != store.fields().fields[f].owner) {
      throw Error("'" + store.directory() + "' and '" + dataset.directory() +
                  "' do not agree on '" + field.name +
                  "': it is of users in one and of items in the other");
    }
    const MergedNames& owners = field.owner == FieldOwner::kQuery  ? merged.queries
                                : field.owner == FieldOwner::kUser ? merged.users
                                                                   : merged.items;
    if (field.is_identity()) {
      CounterField ids = field;
      ids.codes.resize(owners.names.size());
      std::iota(ids.codes.begin(), ids.codes.end(), 0u);
      merged.old_codes.push_back(owners.old_codes);
      merged.fields.fields.push_back(std::move(ids));
      continue;
    }
    const MergedNames names =
        merge_names({field.names.begin(), field.names.end()}, store.field_names(f));
    merged.fields.fields.push_back(
        merge_categories(field, store.fields().fields[f], owners, names.old_codes));
    merged.fields.fields.back().names.assign(names.names.begin(), names.names.end());
    merged.old_codes.push_back(names.old_codes);
  }
  return merged;
}

}  // namespace kaskad
