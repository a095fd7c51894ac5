// One feature of a table as an input of an ONNX ranker: codes or numbers of a row. Private to
// kaskad/ranking/.
#pragma once

#include "kaskad/ranking/onnx_sources.h"

namespace kaskad {

// Codes are those of the dataset + 1, 0: nothing known. Of a dense feature its numbers.
class OnnxFeature {
 public:
  // `table` (may be null) must outlive it; `whose` is "items" or "users". Throws Error.
  OnnxFeature(const OnnxInput& input, const FeatureTable* table, const char* whose);

  OnnxSource::Kind kind() const {
    return dense_ ? OnnxSource::Kind::kNumbers : OnnxSource::Kind::kIds;
  }
  // Behind the rows: none of a single value.
  std::vector<int64_t> shape() const;

  // A row outside the table is one that nothing is known of.
  void append(size_t row, OnnxValues& out) const;

 private:
  void check_single(const OnnxInput& input) const;

  size_t rows_ = 0;
  const CategoricalFeature* categorical_ = nullptr;
  const DenseFeature* dense_ = nullptr;
  size_t values_ = 0;  // places of a categorical one; 0: a single value
};

}  // namespace kaskad
