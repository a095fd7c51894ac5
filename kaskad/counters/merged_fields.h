// The fields of new impressions and of an older store as one: codes of the new ones stay, what only
// the store has comes behind them. Called by store_writer.cc.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kaskad/counters/counter_fields.h"
#include "kaskad/counters/counter_store.h"

namespace kaskad {

// Names of one kind of code, and where those of the store went.
struct MergedNames {
  std::vector<std::string_view> names;  // views into the maps that were merged
  std::vector<uint32_t> old_codes;      // (codes of the store)
};

MergedNames merge_names(std::vector<std::string_view> names, const IdMap& old);

struct MergedFields {
  MergedNames queries, users, items;
  std::vector<std::vector<uint32_t>> old_codes;  // (fields)(codes of the store)
  CounterFields fields;
};

// `fresh` are the fields of new impressions for the spec of the store.
MergedFields merge_fields(const CounterFields& fresh, const IdMap& queries, const Dataset& dataset,
                          const CounterStore& store);

}  // namespace kaskad
