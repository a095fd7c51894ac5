#include "kaskad/counters/counted_codes.h"

#include <algorithm>

#include "kaskad/core/error.h"

namespace kaskad {

CountedCodes::CountedCodes(const CounterFields& fields, const Dataset& dataset)
    : fields_(fields), dataset_(dataset) {
  for (const CounterField& field : fields.fields) names_.push_back(name_table(field));
}

std::optional<uint32_t> CountedCodes::find(size_t field, std::string_view name) {
  const CounterField& of = fields_.fields[field];
  if (of.owner == FieldOwner::kQuery) {
    uint32_t code = 0;
    names_[field].map({&name, 1}, {&code, 1});
    return code;
  }
  if (!of.is_identity()) return names_[field].find(name);
  return (of.owner == FieldOwner::kUser ? dataset_.users() : dataset_.items()).find(name);
}

CountedCodes::Sorted CountedCodes::sorted_texts(size_t field) const {
  KASKAD_ASSERT(fields_.fields[field].owner == FieldOwner::kQuery);
  const IdTable& table = names_[field];
  Sorted sorted;
  sorted.texts.assign(table.names().begin(), table.names().end());
  std::sort(sorted.texts.begin(), sorted.texts.end());
  sorted.places.resize(sorted.texts.size());
  for (uint32_t place = 0; place < sorted.places.size(); ++place) {
    sorted.places[*table.find(sorted.texts[place])] = place;
  }
  return sorted;
}

}  // namespace kaskad
