#include "kaskad/counters/counter_fields.h"

#include <algorithm>
#include <numeric>
#include <optional>

#include "kaskad/core/error.h"
#include "kaskad/dataset/id_table.h"
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

CounterField tokens_of(const IdMap& queries) {
  CounterField field;
  field.name = "query_token";
  field.owner = FieldOwner::kQuery;
  IdTable table;
  field.offsets.push_back(0);
  for (size_t q = 0; q < queries.size(); ++q) {
    const std::vector<std::string> tokens = query_tokens(queries.name(q));
    const std::vector<std::string_view> views(tokens.begin(), tokens.end());
    field.codes.resize(field.codes.size() + views.size());
    table.map(views, std::span(field.codes).last(views.size()));
    field.offsets.push_back(field.codes.size());
  }
  field.names.assign(table.names().begin(), table.names().end());
  return field;
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
  Finder(const Dataset& dataset, const IdMap& queries) : dataset_(dataset), queries_(queries) {}

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
    if (name == "query" || name == "query_token") {
      if (queries_.size() == 0) {
        throw Error("counters by '" + name + "': the impressions have no queries");
      }
      return name == "query" ? identity(name, FieldOwner::kQuery, queries_.size())
                             : tokens_of(queries_);
    }
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
  const IdMap& queries_;
};

}  // namespace

CounterFields find_counter_fields(const CounterSpec& spec, const Dataset& dataset,
                                  const IdMap& queries) {
  const Finder finder(dataset, queries);
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

}  // namespace kaskad
