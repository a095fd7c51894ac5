#include "kaskad/counters/counter_fields.h"

#include <algorithm>
#include <numeric>

#include "kaskad/core/error.h"
#include "kaskad/dataset/query_tokens.h"

namespace kaskad {
namespace {

CounterField identity(const std::string& name, FieldOwner owner, size_t count) {
  CounterField field;
  field.name = name;
  field.owner = owner;
  field.codes.resize(count);
  std::iota(field.codes.begin(), field.codes.end(), 0u);
  return field;
}

// Codes of new words go on from those that the field has.
void fill_tokens(CounterField& field, std::span<const std::string_view> queries) {
  IdTable table = name_table(field);
  field.offsets.assign(1, 0);
  field.codes.clear();
  for (const std::string_view query : queries) {
    const std::vector<std::string> tokens = query_tokens(query);
    const std::vector<std::string_view> views(tokens.begin(), tokens.end());
    field.codes.resize(field.codes.size() + views.size());
    table.map(views, std::span(field.codes).last(views.size()));
    field.offsets.push_back(field.codes.size());
  }
  field.names.assign(table.names().begin(), table.names().end());
}

CounterField feature(const std::string& name, FieldOwner owner, const CategoricalFeature& column) {
  CounterField field;
  field.name = name;
  field.owner = owner;
  field.offsets.assign(column.offsets.begin(), column.offsets.end());
  field.codes.assign(column.codes.begin(), column.codes.end());
  field.names = column.names;
  return field;
}

const CategoricalFeature* column_of(const FeatureTable& table, const std::string& name) {
  for (const CategoricalFeature& column : table.categorical) {
    if (column.name == name) return &column;
  }
  return nullptr;
}

class Finder {
 public:
  explicit Finder(const Dataset& dataset) : dataset_(dataset) {}

  // The place of the field in `all`, where it is added if it is new.
  size_t place_of(const std::string& name, std::vector<CounterField>& all) const {
    for (size_t f = 0; f < all.size(); ++f) {
      if (all[f].name == name) return f;
    }
    all.push_back(find(name));
    return all.size() - 1;
  }

 private:
  CounterField find(const std::string& name) const {
    if (name == "query") return {.name = name, .owner = FieldOwner::kQuery};
    if (name == "query_token") return {.name = name, .owner = FieldOwner::kQuery, .offsets = {0}};
    if (name == "user") return identity(name, FieldOwner::kUser, dataset_.num_users());
    if (name == "item") return identity(name, FieldOwner::kItem, dataset_.num_items());
    const CategoricalFeature* user = column(name, "user_", dataset_.user_features());
    const CategoricalFeature* item = column(name, "item_", dataset_.item_features());
    if (user && item) {
      throw Error("counters by '" + name + "': users and items have such a column; say 'user_" +
                  name + "' or 'item_" + name + "'");
    }
    if (user) return feature(name, FieldOwner::kUser, *user);
    if (item) return feature(name, FieldOwner::kItem, *item);
    throw Error("counters by '" + name + "': there is no such field; '" + dataset_.directory() +
                "' has " + known());
  }

  static const CategoricalFeature* column(const std::string& name, const std::string& prefix,
                                          const FeatureTable& table) {
    if (name.starts_with(prefix)) {
      if (const auto* found = column_of(table, name.substr(prefix.size()))) return found;
    }
    return column_of(table, name);
  }

  std::string known() const {
    std::string names = "query, query_token, user, item";
    for (const auto& column : dataset_.user_features().categorical)
      names += ", user_" + column.name;
    for (const auto& column : dataset_.item_features().categorical)
      names += ", item_" + column.name;
    return names;
  }

  const Dataset& dataset_;
};

}  // namespace

CounterFields find_counter_fields(const CounterSpec& spec, const Dataset& dataset) {
  const Finder finder(dataset);
  CounterFields found;
  for (const auto& names : spec.segments) {
    CounterSegment segment;
    segment.name = segment_name(names);
    size_t rights = 0;
    for (const std::string& name : names) {
      const size_t place = finder.place_of(name, found.fields);
      if (found.fields[place].owner == FieldOwner::kItem) {
        segment.right = place;
        ++rights;
      } else {
        segment.left.push_back(place);
      }
    }
    if (rights != 1) {
      throw Error("counters by '" + segment.name + "': found " + std::to_string(rights) +
                  " fields of items, expected one, as item or a category of it");
    }
    found.segments.push_back(std::move(segment));
  }
  return found;
}

void fill_query_fields(CounterFields& fields, std::span<const std::string_view> queries) {
  for (CounterField& field : fields.fields) {
    if (field.owner != FieldOwner::kQuery) continue;
    if (field.is_identity()) {
      field = identity(field.name, FieldOwner::kQuery, queries.size());
    } else {
      fill_tokens(field, queries);
    }
  }
}

CounterFields find_counter_fields(const CounterSpec& spec, const Dataset& dataset,
                                  const IdMap& queries) {
  CounterFields found = find_counter_fields(spec, dataset);
  for (const CounterField& field : found.fields) {
    if (field.owner == FieldOwner::kQuery && queries.size() == 0) {
      throw Error("counters by '" + field.name + "': the impressions have no queries");
    }
  }
  fill_query_fields(found, names_of(queries));
  return found;
}

IdTable name_table(const CounterField& field) {
  IdTable table;
  const std::vector<std::string_view> names(field.names.begin(), field.names.end());
  std::vector<uint32_t> codes(names.size());
  table.map(names, codes);
  return table;
}

std::vector<std::string_view> names_of(const IdMap& ids) {
  std::vector<std::string_view> names;
  for (size_t id = 0; id < ids.size(); ++id) names.push_back(ids.name(id));
  return names;
}

}  // namespace kaskad
