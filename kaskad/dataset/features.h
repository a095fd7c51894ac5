// What is known of items (or users) beside the events: columns over dense ids.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "kaskad/core/file.h"

namespace kaskad {

// Categories of each row: a list, empty where unknown; a single-valued column is a list of one.
// Values of row r are codes[offsets[r] .. offsets[r+1]); names[code] is the text.
struct CategoricalFeature {
  std::string name;
  std::vector<std::string> names;
  std::span<const uint64_t> offsets;  // (rows + 1)
  std::span<const uint32_t> codes;
};

// values is (rows, dimension), row-major; a missing row is NaN in every place.
// dimension 1: a dense number such as price. More: a content vector.
struct DenseFeature {
  std::string name;
  size_t dimension = 1;
  std::span<const float> values;
};

// All features of one kind of row; owns the mapped files behind the spans.
struct FeatureTable {
  size_t rows = 0;
  std::vector<CategoricalFeature> categorical;
  std::vector<DenseFeature> dense;
  std::vector<MappedFile> files;

  bool empty() const { return categorical.empty() && dense.empty(); }
};

// What is known of one user (or item): a row of a table that must outlive it, or nothing.
struct FeatureRow {
  const FeatureTable* table = nullptr;
  size_t row = 0;
};

}  // namespace kaskad
