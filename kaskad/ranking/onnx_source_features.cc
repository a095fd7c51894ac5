#include "kaskad/ranking/onnx_source_features.h"

#include <algorithm>
#include <limits>

#include "kaskad/core/error.h"
#include "kaskad/core/nearest_name.h"

namespace kaskad {

OnnxFeature::OnnxFeature(const OnnxInput& input, const FeatureTable* table, const char* whose) {
  std::vector<std::string> known;
  if (table) {
    rows_ = table->rows;
    for (const CategoricalFeature& one : table->categorical) {
      known.push_back(one.name);
      if (one.name == input.feature) categorical_ = &one;
    }
    for (const DenseFeature& one : table->dense) {
      known.push_back(one.name);
      if (one.name == input.feature) dense_ = &one;
    }
  }
  if (!categorical_ && !dense_) {
    throw Error(input.place + ": found feature '" + input.feature + "' of " + whose +
                ", expected " + one_of(known, input.feature));
  }
  values_ = input.values;
  if (dense_ && values_ > 0) {
    throw Error(input.place + ": found 'values' for '" + input.feature +
                "', which is numbers, expected it for categories alone");
  }
  if (categorical_ && values_ == 0) check_single(input);
}

void OnnxFeature::check_single(const OnnxInput& input) const {
  for (size_t row = 0; row < rows_; ++row) {
    const uint64_t count = categorical_->offsets[row + 1] - categorical_->offsets[row];
    if (count <= 1) continue;
    throw Error(input.place + ": found a row of '" + input.feature + "' with " +
                std::to_string(count) +
                " categories, expected 'values', how many places there are");
  }
}

std::vector<int64_t> OnnxFeature::shape() const {
  const size_t width = dense_ ? (dense_->dimension > 1 ? dense_->dimension : 0) : values_;
  if (width == 0) return {};
  return {static_cast<int64_t>(width)};
}

void OnnxFeature::append(size_t row, OnnxValues& out) const {
  if (dense_) {
    const size_t width = dense_->dimension;
    if (row >= rows_) {
      out.numbers.insert(out.numbers.end(), width, std::numeric_limits<float>::quiet_NaN());
      return;
    }
    const auto values = dense_->values.subspan(row * width, width);
    out.numbers.insert(out.numbers.end(), values.begin(), values.end());
    return;
  }
  const size_t places = std::max<size_t>(values_, 1);
  size_t taken = 0;
  if (row < rows_) {
    const auto codes = categorical_->codes.subspan(
        categorical_->offsets[row], categorical_->offsets[row + 1] - categorical_->offsets[row]);
    for (; taken < std::min(places, codes.size()); ++taken) {
      out.whole.push_back(static_cast<int64_t>(codes[taken]) + 1);
    }
  }
  out.whole.insert(out.whole.end(), places - taken, 0);
}

}  // namespace kaskad
