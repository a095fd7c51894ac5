// What the names in counts of a cluster (counted_cells.h) are to the engine: codes of counter
// fields. Ids and categories are those of the dataset; queries and their words are whatever was
// counted.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kaskad/counters/counter_fields.h"
#include "kaskad/dataset/dataset.h"
#include "kaskad/dataset/id_table.h"

namespace kaskad {

// Not thread-safe. `fields` and `dataset` must outlive it.
class CountedCodes {
 public:
  CountedCodes(const CounterFields& fields, const Dataset& dataset);

  // None where the dataset has no such id or category. Texts of queries are numbered as they come.
  std::optional<uint32_t> find(size_t field, std::string_view name);

  // Of a field of queries: its texts in the order of their bytes, so that a store does not depend
  // on how a cluster cut its files, and the place there of each code that find() gave.
  struct Sorted {
    std::vector<std::string> texts;
    std::vector<uint32_t> places;  // (codes)
  };
  Sorted sorted_texts(size_t field) const;

 private:
  const CounterFields& fields_;
  const Dataset& dataset_;
  std::vector<IdTable> names_;  // (fields); empty where codes are ids of the dataset
};

}  // namespace kaskad
