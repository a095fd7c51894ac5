// Feature tables on disk: DIR/item_features/C.* and DIR/user_features/C.* for column number C.
//   categorical: C.offsets (rows + 1, uint64), C.codes (uint32), C.names.* (an id map)
//   dense:       C.values (rows x dimension, float)
// Written by DatasetWriter, mapped by Dataset::open.
#pragma once

#include <string>
#include <vector>

#include "kaskad/dataset/features.h"
#include "kaskad/dataset/manifest.h"

namespace kaskad {

struct CategoricalColumn {
  std::string name;
  std::vector<std::string> names;
  std::vector<uint64_t> offsets;  // (rows + 1)
  std::vector<uint32_t> codes;
};

struct DenseColumn {
  std::string name;
  size_t dimension = 1;
  std::vector<float> values;  // (rows, dimension)
};

// A feature table in memory, on its way to the files.
struct FeatureColumns {
  std::vector<CategoricalColumn> categorical;
  std::vector<DenseColumn> dense;

  bool empty() const { return categorical.empty() && dense.empty(); }
};

// The columns as a table, which must not outlive them; and a table's columns as a copy.
FeatureTable table_of(const FeatureColumns& columns, size_t rows);
FeatureColumns columns_of(const FeatureTable& table);

// Creates `directory` unless there is nothing to write. Categorical columns come first.
std::vector<FeatureEntry> write_features(const std::string& directory,
                                         const FeatureColumns& columns);

// Throws Error when a file does not fit `rows`.
FeatureTable map_features(const std::string& directory, const std::vector<FeatureEntry>& entries,
                          size_t rows);

}  // namespace kaskad
